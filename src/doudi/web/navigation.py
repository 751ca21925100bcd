"""The menu as data. An entry shows when its page exists and the actor may do one of its operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.util import find_spec

from django.urls import NoReverseMatch, reverse

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may


@dataclass(frozen=True)
class Entry:
    """One line of the menu. ``counter`` names a count of :func:`counters`; one of ``operations`` opens it, () all."""

    label: str
    icon: str = ""
    page: str = ""
    operations: tuple[str, ...] = ()
    counter: str = ""
    children: tuple[Entry, ...] = ()
    href: str = field(default="", compare=False)
    count: int = field(default=0, compare=False)
    active: bool = field(default=False, compare=False)


MENU = (
    Entry("工作台", "home", "statistics:workbench"),
    Entry(
        "监测预警",
        "bell-ringing",
        counter="alerts",
        children=(
            Entry("预警列表", "", "monitoring:list", ("alert.list",), "alerts"),
            Entry("走访排序", "", "monitoring:queue", ("alert.list",)),
            Entry("预警统计", "", "monitoring:statistics", ("statistics.read",)),
            Entry("监测指标", "", "monitoring:indicators", ("alert.list", "monitor.read", "indicator.draft")),
            Entry("监测运行", "", "monitoring:runs", ("monitor.read",)),
            Entry("督办事项", "", "monitoring:supervision", ("supervision.read",)),
        ),
    ),
    Entry("对象档案", "users", "registry:list", ("household.list",)),
    Entry("申请审核", "file-text", "casework:applications", ("application.read",), "applications"),
    Entry(
        "认定管理",
        "gavel",
        children=(
            Entry("认定记录", "", "determination:decisions", ("decision.read",)),
            Entry("补发追缴", "", "determination:arrears_lists", ("arrears.read",)),
        ),
    ),
    Entry(
        "政策与标准",
        "book",
        counter="changes",
        children=(
            Entry("政策文件", "", "policy:packs", ("standards.read",)),
            Entry("当地标准", "", "policy:standards", ("standards.read",)),
            Entry("参数调整", "", "policy:changes", ("standards.read",), "changes"),
            Entry("政策模拟", "", "policy:simulations", ("policy.simulate",)),
        ),
    ),
    Entry(
        "走访任务",
        "route",
        counter="visits",
        children=(
            Entry("走访台账", "", "casework:visits", ("alert.list",), "visits"),
            Entry("我的走访", "", "casework:m_home", ("visit.record",), "own_visits"),
            Entry("重点走访", "", "inspection:key_groups", ("inspection.read",)),
            Entry("随机调查", "", "inspection:draws", ("inspection.read",)),
            Entry("集中排查", "", "inspection:campaigns", ("inspection.read",)),
        ),
    ),
    Entry("转办事项", "transform", "casework:referrals", ("referral.list",), "referrals"),
    Entry("一事一议", "messages", "casework:conferences", ("conference.read",), "conferences"),
    Entry(
        "数据交换",
        "arrows-exchange",
        children=(
            Entry("数据源", "", "exchange:feeds", ("feed.list",)),
            Entry("交换批次", "", "exchange:batches", ("feed.list",)),
            Entry("一人一次查重", "", "linkage:list", ("linkage.read",)),
            Entry("接口密钥", "", "exchange:keys", ("feed.key",)),
        ),
    ),
    Entry("访问日志", "shield-check", "audit:log", ("audit.read",)),
    Entry(
        "系统管理",
        "settings",
        children=(
            Entry("用户与角色", "", "accounts:users", ("user.manage",)),
            Entry("机构", "", "accounts:units", ("user.manage",)),
            Entry("行政区划", "", "divisions:tree", ("user.manage",)),
        ),
    ),
)


def menu_for(user: User, path: str, counts: dict[str, int]) -> list[Entry]:
    """The actor's menu with ``counts`` and the entry of ``path`` marked."""
    shown = [kept for entry in MENU if (kept := _prepared(entry, user, counts))]
    best = max(
        (entry.href for top in shown for entry in (top, *top.children) if _leads_to(entry, path)), key=len, default=""
    )
    return [_marked(entry, best) for entry in shown]


def counters(user: User) -> dict[str, int]:
    """What waits for the actor, by the menu's counter names; ``todo`` is the bell's."""
    provider = _provider()
    return provider(user) if provider else {}


def _provider() -> Callable[[User], dict[str, int]] | None:
    """Statistics stands above the other apps and knows them all; an installation without it has no counts."""
    if not find_spec("doudi.apps.statistics.queries"):
        return None
    from doudi.apps.statistics import queries

    return getattr(queries, "menu_counters", None)


def _prepared(entry: Entry, user: User, counts: dict[str, int]) -> Entry | None:
    if entry.operations and not any(may(user, operation) for operation in entry.operations):
        return None
    count = counts.get(entry.counter, 0)
    if entry.page:
        try:
            return replace(entry, href=reverse(entry.page), count=count)
        except NoReverseMatch:
            return None
    children = tuple(kept for child in entry.children if (kept := _prepared(child, user, counts)))
    if len(children) == 1:  # one page needs no second level
        return replace(children[0], icon=entry.icon)
    return replace(entry, children=children, count=count) if children else None


def _leads_to(entry: Entry, path: str) -> bool:
    return bool(entry.href) and (path == entry.href or (entry.href != "/" and path.startswith(entry.href)))


def _marked(entry: Entry, href: str) -> Entry:
    children = tuple(_marked(child, href) for child in entry.children)
    active = (bool(href) and entry.href == href) or any(child.active for child in children)
    return replace(entry, children=children, active=active)
