"""The verbs of the permission table."""

from __future__ import annotations

from models.enums import Labelled


class Verb(Labelled):
    """What can be done to a row."""

    VIEW = "view", "查看"
    OVERSEE = "oversee", "管辖"
    CREATE = "create", "新增"
    EDIT = "edit", "修改"
    DELETE = "delete", "删除"
    SUBMIT = "submit", "提交"
    WITHDRAW = "withdraw", "撤回"
    ACCEPT = "accept", "审核"
    RETURN = "return", "退回"
    REGISTER = "register", "登记"
    DECLARE = "declare", "申报"
    DECIDE = "decide", "审批"
    REVOKE = "revoke", "撤销认定"
    UNDO = "undo", "撤回办理"
    CANCEL = "cancel", "取消后台办理"
    REVIEW = "review", "审核账户"
    DISABLE = "disable", "停用启用"
    APPOINT = "appoint", "任命管理员"
    REMOVE = "remove", "取消管理权限"
    RESET = "reset", "重置密码"
    UNLOCK = "unlock", "解除锁定"
    MAINTAIN = "maintain", "维护本人和本机构信息"
    ISSUE = "issue", "制证"
    CARRY = "carry", "下载电子凭证"
    PRINT = "print", "打印证书"
    EMPLOY = "employ", "离职退休"
    CONDUCT = "conduct", "组织办班"
    ENROLL = "enroll", "学员退班恢复"
    INSPECT = "inspect", "查看日志内容"
    VERIFY = "verify", "核对日志"
    END = "end", "强制退出"
    EXPORT = "export", "导出"
    UNMASK = "unmask", "查看完整身份证号"
    EXPORT_UNMASKED = "export_unmasked", "导出完整身份证号"
