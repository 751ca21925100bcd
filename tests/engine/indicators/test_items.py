"""Which items of help a category may have, as CPX-02 asks it of the catalogue of assistance items."""

import pytest

from doudi.engine.indicators import load_indicators
from doudi.engine.indicators.items import entitled_items, item_labels


@pytest.mark.parametrize(
    ("pack", "entry", "named"),
    [
        ("qingyang", "DIBAO/M05", True),  # 庆政办发〔2024〕12号 三(二): 二次倾斜救助
        ("anyang", "DIBAO/M05", False),
        ("hubei", "DIBAO/O01", False),  # 鄂民政发〔2024〕21号 四(五) does not name heating
        ("zhengzhou", "MARGIN/O03", True),  # 郑政办〔2024〕46号 三(五)
        ("anyang", "MARGIN/B01", False),
        ("anyang", "NONE/M06", True),
        ("anyang", "NONE/M03", False),
    ],
)
def test_only_what_the_packs_own_document_names(pack: str, entry: str, named: bool) -> None:
    assert (entry in entitled_items((pack, "national_guide"))) is named


def test_a_countys_own_pack_has_the_items_of_the_nearest_document_that_names_any() -> None:
    assert entitled_items(("my_county", "hubei", "national_guide")) == entitled_items(("hubei",))
    assert entitled_items(("my_county",)) == ()


def test_items_are_called_by_their_names() -> None:
    assert load_indicators()["CPX-03"].measures["item"].codes == item_labels()
    assert item_labels()["M03"] == "住院医疗救助"
