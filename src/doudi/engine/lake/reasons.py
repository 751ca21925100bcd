"""Why a row is not accepted: the codes of quarantine and their Chinese messages."""

from __future__ import annotations

from dataclasses import dataclass

from doudi.engine.identity import REASONS as ID_REASONS
from doudi.engine.lake.contracts import Contract
from doudi.engine.lake.quality_rules import load_quality_rules

# Codes about a whole row, then codes about one field; {title} is the field's Chinese heading.
MESSAGES = {
    "FIELD_COUNT": "本行列数与表头不一致，可能有多余或缺少的分隔符",
    "QUOTES": "本行的引号不成对",
    "ENCODING": "本行含有无法识别的字符，文件编码可能混用",
    "CONTROL_CHARACTER": "本行含有不可见的控制字符，请清除后重报",
    "ROW_TOO_LONG": "本行过长，可能是换行符缺失",
    "KEY_CONFLICT": "文件中有多行关键字段相同而内容不同，请核实后只报正确的一行",
    "KEY_COLLISION": "该身份证号与另一号码的内部标识相同，须由系统管理员处理",
    **ID_REASONS,
    "ID_NUMERIC_CELL": "“{title}”是数字格式，末几位已被表格软件改变，请把该列设为文本后重新填写",
    "REQUIRED_MISSING": "“{title}”必填，未填写",
    "CARD_FORMAT": "“{title}”应为 18 位身份证号加 1 位类别和 1 位等级，请核对",
    "TEXT_TOO_LONG": "“{title}”超过允许的长度",
    "TEXT_NUMERIC_CELL": "“{title}”是数字格式且位数过多，已被表格软件改变，请把该列设为文本后重新填写",
    "CODE_UNKNOWN": "“{title}”的取值不在约定范围内，可填：{codes}",
    "DATE_FORMAT": "“{title}”不是有效日期，请写成 2024-03-18",
    "DATE_RANGE": "“{title}”不在 1900 年至 2100 年之间，请核对",
    "MONEY_FORMAT": "“{title}”不是金额，请以元为单位填写数字，如 1234.50",
    "MONEY_DECIMALS": "“{title}”超过两位小数，请精确到分",
    "MONEY_NEGATIVE": "“{title}”不得为负数",
    "MONEY_RANGE": "“{title}”金额过大，请核对单位是否为元",
    "FLAG_UNKNOWN": "“{title}”请填是或否",
    "INTEGER_FORMAT": "“{title}”应为整数",
    "DECIMAL_FORMAT": "“{title}”应为数字，最多两位小数",
    "MONTH_FORMAT": "“{title}”不是有效月份，请写成 2024-03",
    "TERM_FORMAT": "“{title}”不是有效学期，请写成 2024-2025学年第一学期",
    "DIVISION_FORMAT": "“{title}”应为 6、9 或 12 位行政区划代码",
    "ACCOUNT_FORMAT": "“{title}”应为 6 至 32 位数字或字母，请核对",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """``field`` is the contract's field name, empty for a reason about the whole row."""

    code: str
    field: str
    message: str


def reason(contract: Contract, code_and_field: str) -> Reason:
    """The reason behind ``CODE@field`` (``CODE@`` for a whole row)."""
    code, _, name = code_and_field.partition("@")
    for rule in contract.rules:
        if rule.code == code:
            return Reason(code, name, rule.message)
    if (row_rule := load_quality_rules().row_rule(code)) is not None:
        return Reason(code, name, row_rule.message)
    title, codes = "", ""
    if name:
        entry = contract.field(name)
        title, codes = entry.title, "、".join(entry.codes)
    return Reason(code, name, MESSAGES[code].format(title=title, codes=codes))
