"""The household document as tables: which field becomes which column of which entity, with its label and default.

The same columns are the input of both evaluators. Money is yuan in the document and in the interpreter, 分 in SQL.
A column without default stays unknown when the document does not give it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

Kind = str  # money, number (whole), bool, text, date
_REQUIRED: object = object()

# entity -> the entity it belongs to
ENTITIES: dict[str, str | None] = {
    "household": None,
    "person": "household",
    "supporter": "person",
    "settlement": "person",
}


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    entity: str
    field: str  # path in the document, "income.wage"
    kind: Kind
    label: str
    default: object = None
    required: bool = False
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    unit: str = ""

    @property
    def nullable(self) -> bool:
        return self.default is None and not self.required


def _money(name: str, entity: str, field: str, label: str, *, negative: bool = False) -> Column:
    return Column(name, entity, field, "money", label, Fraction(0), least=None if negative else 0, unit="元/年")


EMERGENCY_LEVELS = ("light", "heavy", "large")
AREAS = ("urban", "rural")
CATEGORIES = ("DIBAO", "TEKUN", "MARGIN", "RIGID", "OTHER")
RELATIONS = ("head", "spouse", "child", "parent", "sibling", "grandparent", "grandchild", "other")
INCOMES = {
    "wage": "工资性收入",
    "business_net": "经营净收入",
    "property_net": "财产净收入",
    "transfer_net": "转移净收入",
    "other": "其他收入",
}
SPENDINGS = {
    "daily": "日常生活支出",
    "social_insurance": "社会保险支出",
    "job_cost": "必要就业成本支出",
    "illness_rigid": "因病刚性支出",
    "disability_rigid": "因残刚性支出",
    "education_rigid": "教育支出",
    "other": "其他支出",
}
DISASTER_STAGES = ("emergency", "transition", "drought", "winter_spring", "rebuilding", "condolence")
FALSE: object = False

COLUMNS: tuple[Column, ...] = (
    Column("area", "household", "area", "text", "城乡", required=True, choices=AREAS),
    Column("division", "household", "division", "text", "区划代码"),
    Column("property_conforms", "household", "property_conforms", "bool", "财产符合低保规定"),
    Column(
        "property_conforms_margin_given",
        "household",
        "property_conforms_margin",
        "bool",
        "财产符合边缘家庭规定（录入）",
    ),
    *(
        _money(
            f"shared_{key}" if key != "other" else "shared_other_income",
            "household",
            f"shared_income.{key}",
            f"家庭共有{label}",
            negative=key != "wage",
        )
        for key, label in INCOMES.items()
    ),
    *(_money(f"spending_{key}", "household", f"spending.{key}", label) for key, label in SPENDINGS.items()),
    Column("previous_category", "household", "previous.category", "text", "原类别", "none", choices=CATEGORIES),
    Column("previous_monthly", "household", "previous.monthly", "money", "原月救助金额", least=0, unit="元/月"),
    Column("investigated", "household", "investigated", "bool", "已完成调查"),
    Column("check_report_date", "household", "check_report_date", "date", "经济状况核对报告日期"),
    Column("authorised", "household", "authorised", "bool", "核对授权有效"),
    Column("rejected_on", "household", "rejected_on", "date", "不予认定日期"),
    Column("exited_on", "household", "exited_on", "date", "退出日期"),
    Column("former_poor", "household", "former_poor", "bool", "脱贫户", FALSE),
    Column("house_grade", "household", "house.grade", "text", "房屋安全等级", choices=("A", "B", "C", "D", "none")),
    Column("house_only", "household", "house.only", "bool", "唯一住房"),
    Column("disaster_stage", "household", "disaster.stage", "text", "受灾救助阶段", "none", choices=DISASTER_STAGES),
    Column(
        "emergency_level",
        "household",
        "emergency.level",
        "text",
        "急难程度",
        "none",
        choices=EMERGENCY_LEVELS,
    ),
    Column("emergency_amount", "household", "emergency.amount", "money", "拟给予的急难救助金额", least=0, unit="元"),
    Column("relation", "person", "relation", "text", "与户主关系", required=True, choices=RELATIONS),
    Column("sex", "person", "sex", "text", "性别", choices=("male", "female")),
    Column("birth_date", "person", "birth_date", "date", "出生日期"),
    Column("age_given", "person", "age", "number", "录入年龄", least=0, most=150, unit="岁"),
    *(
        _money(key if key != "other" else "other_income", "person", f"income.{key}", label, negative=key != "wage")
        for key, label in INCOMES.items()
    ),
    Column("employed", "person", "employed", "bool", "已就业", FALSE),
    Column("employed_since", "person", "employed_since", "date", "就业起始日期"),
    Column("workplace_area", "person", "workplace_area", "text", "务工地城乡", choices=AREAS),
    Column("workplace_division", "person", "workplace_division", "text", "务工地区划代码"),
    Column(
        "disability_type",
        "person",
        "disability.type",
        "text",
        "残疾类别",
        "none",
        choices=("visual", "hearing", "speech", "physical", "intellectual", "mental", "multiple"),
    ),
    Column(
        "disability_grade", "person", "disability.grade", "number", "残疾等级", Fraction(0), least=1, most=4, unit="级"
    ),
    Column("serious_illness", "person", "serious_illness", "bool", "重病患者", FALSE),
    Column(
        "student",
        "person",
        "student",
        "text",
        "在校阶段",
        "none",
        choices=("preschool", "compulsory", "senior_high", "vocational", "undergraduate", "postgraduate"),
    ),
    Column(
        "labour_ability_given",
        "person",
        "labour_ability",
        "text",
        "录入的劳动能力",
        choices=("full", "partial", "none"),
    ),
    Column(
        "self_care_failed_items",
        "person",
        "self_care_failed_items",
        "number",
        "不能自理项数",
        least=0,
        most=6,
        unit="项",
    ),
    Column(
        "has_legal_supporter", "person", "has_legal_supporter", "bool", "有法定赡养、抚养、扶养义务人", default=True
    ),
    Column("supporter_able", "person", "supporter_able", "bool", "义务人有履行义务能力", default=True),
    Column("current_category", "person", "current_category", "text", "现有类别", "none", choices=CATEGORIES),
    Column("illness_poor", "person", "illness_poor", "bool", "因病致贫重病患者", FALSE),
    Column(
        "fanpin", "person", "fanpin", "text", "防止返贫监测类别", "none", choices=("unstable", "marginal", "sudden")
    ),
    Column("own_property_conforms_given", "person", "own_property_conforms", "bool", "本人财产符合规定（录入）"),
    Column("died_on", "person", "died_on", "date", "死亡日期"),
    Column("applies", "person", "applies", "bool", "列入本次申请", default=True),
    Column("willing_to_work", "person", "willing_to_work", "bool", "有就业意愿"),
    Column("central_support", "person", "central_support", "bool", "特困集中供养", FALSE),
    Column(
        "supporter_relation",
        "supporter",
        "relation",
        "text",
        "供养人与被供养人关系",
        required=True,
        choices=RELATIONS[1:],
    ),
    Column("supporter_age", "supporter", "age", "number", "供养人年龄", least=0, most=150, unit="岁"),
    _money("annual_support", "supporter", "annual_support", "年供养费"),
    Column("co_living", "supporter", "co_living", "bool", "供养人共同生活", FALSE),
    Column(
        "settlement_kind", "settlement", "kind", "text", "结算类别", required=True, choices=("inpatient", "outpatient")
    ),
    _money("in_policy", "settlement", "in_policy", "政策范围内费用"),
    _money("basic_paid", "settlement", "basic_paid", "基本医保支付"),
    _money("serious_paid", "settlement", "serious_paid", "大病保险支付"),
    Column("designated", "settlement", "designated", "bool", "定点医药机构", FALSE),
    Column("listed_disease", "settlement", "listed_disease", "bool", "门诊慢特病病种目录内", FALSE),
    Column("referred", "settlement", "referred", "bool", "规范转诊", FALSE),
)

BY_NAME = {column.name: column for column in COLUMNS}
# Dates of the determination itself, known to every entity.
MOMENTS = {"as_of": "认定日期", "month_start": "当月1日"}
# Chinese of the codes that explanations show.
CODES = {
    "urban": "城镇",
    "rural": "农村",
    "none": "无",
    "DIBAO": "低保对象",
    "TEKUN": "特困人员",
    "MARGIN": "低保边缘家庭",
    "RIGID": "刚性支出困难家庭",
    "OTHER": "其他困难人员",
    "FANPIN": "防止返贫监测对象",
    "NOT_LOW_INCOME": "不属于低收入人口",
    "NEEDS_LOCAL_RULE": "需补充当地规定",
    "whole_household": "整户保",
    "single_person": "单人保",
    "single_household": "参照单人户",
    "tekun": "特困供养",
    "head": "户主",
    "spouse": "配偶",
    "child": "子女",
    "parent": "父母",
    "sibling": "兄弟姐妹",
    "grandparent": "祖父母",
    "grandchild": "孙子女",
    "other": "其他",
    "full": "有",
    "partial": "部分",
    "male": "男",
    "female": "女",
    "visual": "视力",
    "hearing": "听力",
    "speech": "言语",
    "physical": "肢体",
    "intellectual": "智力",
    "mental": "精神",
    "multiple": "多重",
    "preschool": "学前",
    "compulsory": "义务教育",
    "senior_high": "普通高中",
    "vocational": "中职",
    "undergraduate": "本专科",
    "postgraduate": "研究生",
    "unstable": "脱贫不稳定户",
    "marginal": "边缘易致贫户",
    "sudden": "突发严重困难户",
    "inpatient": "住院",
    "outpatient": "门诊",
    "emergency": "应急期",
    "transition": "过渡期",
    "drought": "旱灾",
    "winter_spring": "冬春",
    "rebuilding": "恢复重建",
    "condolence": "遇难人员家庭抚慰",
    "light": "较轻",
    "heavy": "较重",
    "large": "需要较大金额",
    "central": "集中供养",
    "scattered": "分散供养",
    "county": "县级民政部门",
    "township": "乡镇人民政府（街道办事处）",
    "coordination_mechanism": "困难群众基本生活保障工作协调机制",
    "case_conference": "一事一议",
    "joint_conference": "社会救助工作联席会议",
    "local_government": "当地人民政府",
    "county_government": "县级人民政府（开发区管委会）",
    "agriculture": "农业农村部门",
    "rural_revitalisation": "乡村振兴部门",
    "hospital": "定点医疗机构",
    "hospital_and_pharmacy": "定点医药机构（含药店）",
    "hospital_inpatient_pharmacy_outpatient": "住院在定点医疗机构，门诊慢特病在定点医药机构",
    "civil_affairs": "民政部门",
    "county_government_or_above": "县级以上人民政府",
    "dibao_procedure": "参照低保认定程序",
    "temporary_assistance_procedure": "按临时救助程序",
    "monitored_directly": "直接纳入，不再重复排查认定",
    "dynamic_clearing": "开展就业援助，实行动态清零",
    "card": "惠民资金一卡通",
    "institution_account": "供养服务机构集体账户",
}
