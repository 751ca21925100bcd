"""Which disposals an alert may take: by class, by pack and by what the visitor found. Data, no code per locality."""

from __future__ import annotations

from dataclasses import dataclass

from doudi.apps.casework.models import Disposal


@dataclass(frozen=True)
class Way:
    """A disposal as the officer chooses it; ``operation`` is the permission that it needs."""

    code: str
    label: str
    explains: str
    operation: str


WAYS = {
    way.code: way
    for way in (
        Way(Disposal.APPLY, "启动申请", "发起申请，分类审核认定", "application.create"),
        Way(Disposal.REFER, "转办部门", "转交（商请、推送）相关社会救助管理部门办理并反馈", "referral.send"),
        Way(Disposal.SUPPLY, "直接落实", "民政或乡镇（街道）已按规定落实，登记救助帮扶记录", "alert.dispose"),
        Way(Disposal.INFORM, "政策告知", "告知救助政策和申办渠道，留存告知记录", "alert.dispose"),
        Way(Disposal.CONFERENCE, "一事一议", "情形复杂，提请县级协调机制集体研究", "alert.dispose"),
        Way(Disposal.ADJUST, "核实并调整终止", "重新测算，由认定机关决定保留、调整或终止", "decision.compute"),
        Way(Disposal.WATCH, "继续观察", "到期再次核查", "alert.dispose"),
        Way(Disposal.CLOSE, "说明理由办结", "无需处置，填写理由后办结", "alert.close"),
    )
}

# alert class → its disposals, the usual one first
BY_CLASS = {
    "PND": (Disposal.REFER, Disposal.SUPPLY),
    "NCE": (Disposal.APPLY, Disposal.REFER, Disposal.INFORM),
    "NHD": (Disposal.REFER, Disposal.APPLY, Disposal.SUPPLY),
    "CPX": (Disposal.CONFERENCE, Disposal.REFER),
    "MNE": (Disposal.ADJUST, Disposal.REFER),
}
# (pack, class) where the document puts another one first: 鄂民政发〔2024〕21号 三(四) 主动告知
BY_PACK = {("hubei", "NCE"): (Disposal.INFORM, Disposal.APPLY, Disposal.REFER)}
# Packs whose document has the authority notified of families that no longer qualify (鄂民政发〔2024〕21号 三(四)).
NOTIFY_AUTHORITY = frozenset({"hubei"})
# what the visitor found → the disposal that follows from it
BY_OUTCOME = {
    "TRUE_APPLY": Disposal.APPLY,
    "TRUE_REFER": Disposal.REFER,
    "TRUE_SUPPLY": Disposal.SUPPLY,
    "TRUE_EMERGENCY": Disposal.SUPPLY,
    "TRUE_CASE": Disposal.CONFERENCE,
    "TRUE_ADJUST": Disposal.ADJUST,
    "NOT_NEEDED": Disposal.CLOSE,
    "DATA_ERROR": Disposal.CLOSE,
    "MOVED": Disposal.CLOSE,
    "WATCH": Disposal.WATCH,
}


def offered(*, alert_class: str, pack: str, outcome: str) -> list[Way]:
    """The ways for one alert, the one that the finding suggests first, closing last."""
    codes = [*BY_PACK.get((pack, alert_class), BY_CLASS[alert_class]), Disposal.WATCH, Disposal.CLOSE]
    if outcome in BY_OUTCOME:
        codes.insert(0, BY_OUTCOME[outcome])
    return [WAYS[code] for code in dict.fromkeys(codes)]
