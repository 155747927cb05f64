"""The verbs of the permission table."""

from __future__ import annotations

from models.enums import Labelled


class Verb(Labelled):
    """What can be done to a row."""

    VIEW = "view", "查看"
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
    REVIEW = "review", "审核账户"
    DISABLE = "disable", "停用启用"
    ISSUE = "issue", "制证"
