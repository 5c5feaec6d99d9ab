"""Officers review sentences: a rule that changes must change here too."""

import pytest
from django.utils import translation

from visits.rules import catalogue
from visits.rules.sentences import article

SENTENCES = {
    "political-birthday": "每名在册党员 · 入党纪念日 · 提前7天开启 · 当天到期 · 宽限7天 · 党支部负责"
    " · 以祝贺问候、会议或仪式、谈心谈话完成",
    "medal-50": "每名届时党龄满50年、尚未获颁纪念章的在册党员 · 每年7月1日 · 3月1日开启 · 当天到期"
    " · 党支部负责 · 以颁发荣誉完成",
    "festival-visit": "每名届时年满80周岁的在册党员 · 元旦、春节、“七一” · 提前30天开启 · 当天到期"
    " · 党支部负责 · 以走访、送慰问品完成",
    "leader-contact": "每名在册党员 · 每年 · 期初开启 · 期末到期 · 党员领导干部负责 · 以谈心谈话完成",
    "follow-up": "每名在册党员（含停止党籍的） · 关怀行动约定的下一步日期 · 提前7天开启 · 当天到期 · 宽限7天"
    " · 党支部负责 · 以任一关怀行动完成",
}
ENGLISH = {
    "political-birthday": "each active member on the roster · anniversary of joining the Party · opens 7 days before"
    " · due on the day · 7 days of grace · the branch answers for it"
    " · fulfilled by greeting, meeting or ceremony, heart-to-heart talk",
    "medal-50": "each active member with 50 years of party age by that day and no medal yet · every year on 07-01"
    " · opens on 03-01 · due on the day · the branch answers for it · fulfilled by award",
}


def test_every_rule_in_one_chinese_sentence() -> None:
    with translation.override("zh-hans"):
        assert {rule.code: rule.sentence() for rule in catalogue.rules()} == SENTENCES


def test_in_english_too() -> None:
    with translation.override("en"):
        assert {code: catalogue.rule(code).sentence() for code in ENGLISH} == ENGLISH


def test_titles_and_articles_are_those_of_the_regulation() -> None:
    with translation.override("zh-hans"):
        assert [(rule.code, rule.article, rule.article_words, rule.title) for rule in catalogue.rules()] == [
            ("political-birthday", "6.2", "第六条第二款", "政治生日"),
            ("medal-50", "6.1", "第六条第一款", "“光荣在党50年”纪念章颁发"),
            ("festival-visit", "14.1", "第十四条第一款", "重大节日走访慰问"),
            ("leader-contact", "7.2", "第七条第二款", "党员领导干部年度谈心谈话"),
            ("follow-up", "3", "第三条", "后续跟进"),
        ]


@pytest.mark.parametrize(
    ("number", "words"), [("10", "第十条"), ("20.1", "第二十条第一款"), ("11.2", "第十一条第二款")]
)
def test_articles_are_named_as_in_documents(number: str, words: str) -> None:
    with translation.override("zh-hans"):
        assert article(number) == words


def test_a_rule_that_is_gone_is_called_by_its_code() -> None:
    assert catalogue.title_of("no-such-rule") == "no-such-rule"
    with pytest.raises(KeyError):
        catalogue.rule("no-such-rule")
