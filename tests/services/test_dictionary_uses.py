"""Where codes of dictionaries are used: every column that holds one is declared, and counted."""

from __future__ import annotations

from permissions import engine as permissions
from seed.loading import read_table
from services import dictionary_uses

NO_ENTRY_OF_A_DICTIONARY = {
    "dictionary_item.dictionary_code": "names the dictionary itself",
    "claim_item.dictionary_code": "names the dictionary itself",
    "organization.credit_code": "统一社会信用代码",
    "organization_change.credit_code": "统一社会信用代码",
    "claim.rule_code": "an hour rule",
    "ledger_entry.rule_code": "an hour rule",
    "hour_rule.kind_code": "a claim kind",
    "people_count.title_level_code": "counted from people, who are counted there",
}


def test_every_column_with_a_code_is_declared_or_said_to_be_something_else():
    declared = {f"{model.__tablename__}.{name}" for model, name, _book, _which in dictionary_uses.COLUMNS}
    found = set()
    for model in permissions.mapped_models():
        for column in model.__table__.columns:
            regions = any(key.column.table.name == "region" for key in column.foreign_keys)
            if column.name.endswith("_code") and not regions and column.name != "region_code":
                found.add(f"{model.__tablename__}.{column.name}")
    assert found == declared | NO_ENTRY_OF_A_DICTIONARY.keys()


def test_a_declared_dictionary_exists():
    known = {line["code"] for line in read_table("dictionaries.csv")}
    assert {book for _model, _name, book, _which in dictionary_uses.COLUMNS} - {"*"} <= known
    assert dictionary_uses.ENUMS.keys() <= known
