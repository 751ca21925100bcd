"""Chinese names by era and sex: short frequency lists from general knowledge, not taken from any register."""

from __future__ import annotations

from random import Random

from doudi.engine.synth.model import Sex

# Surname and its weight: the commonest of northern Henan.
_FREQUENCIES = (
    "王 92 李 88 张 86 刘 52 杨 32 陈 30 赵 30 郭 26 孙 18 马 17 郑 15 吴 14 周 14 徐 13 朱 13 胡 12 高 12 许 12 "
    "冯 11 韩 11 申 11 秦 10 程 10 常 10 宋 10 董 9 牛 9 苏 8 崔 8 魏 8 路 7 付 7 侯 7 段 7 薛 6 贾 6 齐 6 任 6 "
    "史 6 何 6 田 5 范 5 石 5 姚 5 焦 5 卢 5 杜 5 邢 4 尚 4 岳 4 靳 4 尹 4 袁 4 郝 4 索 3 万 3 司 3 桑 2 蔺 2 欧阳 1"
)
_PAIRS = _FREQUENCIES.split(" ")
SURNAMES = _PAIRS[0::2]
_WEIGHTS = [int(weight) for weight in _PAIRS[1::2]]

# Given names are one or two characters; older people more often have a generation character first.
_FIRST_OLD = "文 玉 国 福 金 长 永 春 德 清 秀 桂 兴 万 保 新 树 成"
_ERAS: tuple[tuple[int, dict[str, tuple[str, str]]], ...] = (
    (1958, {
        "male": (_FIRST_OLD, "林 生 山 贵 才 海 堂 昌 有 田 祥 顺 魁 元 章 臣 礼 喜 法 根"),
        "female": ("秀 玉 桂 凤 兰 素 爱 金 巧 春 改 花 翠 月 淑", "英 兰 珍 芹 荣 花 梅 香 云 莲 枝 娥 勤 芝 琴 叶"),
    }),
    (1978, {
        "male": ("建 国 志 卫 红 文 海 永 振 庆 军 爱 保 学 长", "军 民 国 强 华 平 林 庆 伟 生 峰 忠 明 义 杰 锋 东"),
        "female": ("秀 玉 丽 红 爱 淑 桂 春 海 艳 素 瑞 美 俊", "英 霞 芳 梅 红 兰 玲 萍 丽 华 琴 敏 云 珍 芬 娟"),
    }),
    (1998, {
        "male": ("", "伟 强 磊 鹏 涛 超 勇 斌 杰 波 凯 亮 飞 辉 浩 龙 帅 阳 建伟 志强 海涛 晓东 国栋 永刚 少华"),
        "female": ("", "静 丽 娟 敏 燕 艳 娜 芳 霞 晶 雪 婷 莉 慧 倩 丹 晓燕 丽娜 海霞 艳红 利平 雪梅 晓丽"),
    }),
    (9999, {
        "male": ("子 浩 宇 俊 梓 家 一 明 嘉 文 天 泽", "轩 涵 宇 豪 杰 阳 睿 博 辰 航 然 恒 铭 洋 昊 泽"),
        "female": ("梓 雨 欣 诗 子 佳 若 梦 思 怡 紫 一", "涵 萱 怡 妍 琪 彤 悦 雯 瑶 婷 菲 宁 诺 然 颖 雪"),
    }),
)  # fmt: skip
_POOLS = [(until, {sex: (a.split(), b.split()) for sex, (a, b) in pools.items()}) for until, pools in _ERAS]

# What a clerk confuses when typing from speech or from a poor copy.
_CONFUSED = str.maketrans("玲萍霞芳英军伟国强红华峰杰丽林生海梅", "铃平侠方瑛君玮囯墙宏花锋洁利琳升梅玫")


def surname(rng: Random) -> str:
    return rng.choices(SURNAMES, _WEIGHTS)[0]


def given_name(rng: Random, sex: Sex, birth_year: int) -> str:
    firsts, lasts = next(pools[sex] for until, pools in _POOLS if birth_year < until)
    last = rng.choice(lasts)
    if not firsts or (len(last) == 1 and rng.random() < 0.12):
        return last
    first = rng.choice(firsts)
    return first + last if first != last else last


def mistyped(name: str) -> str:
    """The same name with one character that sounds or looks alike, or with a space pressed inside."""
    changed = name.translate(_CONFUSED)
    return changed if changed != name else f"{name[0]} {name[1:]}"
