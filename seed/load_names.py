"""Alphabets of the bulk load: invented names and titles, varied enough that a search selects as in real life.

With a few names every search finds either everything or nothing. Here common
surnames are common and rare ones rare, and most full names belong to few people.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

SURNAMES = tuple(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟"
    "龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦"
    "向柳邢岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍"
)
DOUBLE_SURNAMES = (
    "欧阳",
    "上官",
    "司马",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "夏侯",
    "司徒",
)
MALE = tuple(
    "伟强磊军勇杰涛超刚平辉鹏飞波斌浩凯健俊峰建国志明宏林海洋旭东亮博文武胜利龙宇晨阳帆航翔天昊然睿轩"
    "泽恒岩松柏川江河山岳震霖森栋梁材立新春生荣贵福祥庆怀远思成永长继承业兴邦振华世昌光耀星辰晖煜铭锐钧"
)
FEMALE = tuple(
    "芳娜敏静丽娟艳霞燕玲桂英秀兰红梅雪琳倩颖洁云莉萍慧婷欣怡佳悦雅琪蕾薇莹璐瑶琴丹青晶蓉菊香莲珍珠"
    "翠竹月华露凤凰莎媛妍姗婉茜菲蓓苗可心语诗涵梦晴岚菁芸芝蕊彤楠榕桐露霜素清淑贤惠巧美爱玉环佩如意"
)
ONE_CHARACTER_SHARE = 0.17  # of given names

FIELDS = (
    "护理", "电气", "土木工程", "机械设计", "水利", "农业技术", "中医", "临床检验", "基础教育", "职业教育", "软件", "通信",
    "测绘", "冶金", "化工", "纺织", "食品安全", "环境监测", "档案管理", "图书情报", "会计", "统计", "文物保护", "畜牧兽医",
    "公路养护", "城市规划", "铁路信号", "药学", "影像诊断", "公共卫生",
)  # fmt: skip
TOPICS = (
    "新标准", "质量控制", "数据治理", "故障诊断", "风险评估", "绿色低碳", "人工智能应用", "规范化管理", "案例分析", "前沿进展",
    "检测方法", "课程建设", "成果转化", "应急处置", "信息安全", "施工技术", "综合防治", "节能改造", "资源利用", "评价体系",
)  # fmt: skip
FORMS = ("研究", "研讨班", "学术会议", "专题培训", "实践与思考", "高级研修", "论文", "课题")
EMPLOYER_FORMS = (
    "人民医院", "中心医院", "第一高级中学", "实验学校", "职业技术学院", "设计研究院", "农业技术推广站", "水利工程局",
    "测绘院", "疾病预防控制中心", "机械股份有限公司", "建筑工程有限公司", "信息技术有限公司", "图书馆", "文物考古研究所",
)  # fmt: skip
EMPLOYER_NAME = (MALE, EMPLOYER_FORMS)  # after the name of the place
DEPARTMENTS = (
    "办公室",
    "技术科",
    "质量科",
    "第一教研室",
    "第二教研室",
    "内科",
    "外科",
    "检验科",
    "工程部",
    "研发中心",
)


def _falling(number: int, flatness: int) -> list[float]:
    """Return cumulative weights that fall with the rank: the first entries are the common ones."""
    return list(accumulate(1 / (rank + flatness) for rank in range(number)))


_SURNAME_POOL = SURNAMES + DOUBLE_SURNAMES
_SURNAME_WEIGHTS = _falling(len(_SURNAME_POOL), 3)
_GIVEN = {True: (MALE, _falling(len(MALE), 10)), False: (FEMALE, _falling(len(FEMALE), 10))}


def full_name(random: Random, *, male: bool) -> str:
    """Return an invented Chinese name of two to four characters."""
    surname = random.choices(_SURNAME_POOL, cum_weights=_SURNAME_WEIGHTS)[0]
    characters, weights = _GIVEN[male]
    length = 1 if random.random() < ONE_CHARACTER_SHARE else 2
    return surname + "".join(random.choices(characters, cum_weights=weights, k=length))


def title(random: Random) -> str:
    """Return the title of an invented activity."""
    return f"{random.choice(FIELDS)}{random.choice(TOPICS)}{random.choice(FORMS)}"
