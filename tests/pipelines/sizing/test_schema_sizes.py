"""schema.org's SizeSpecifications as charts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import ChartRejected
from pipelines.sizing.charts import Source
from pipelines.sizing.merchant import charts_from_schema, specifications_in

SOURCE = Source("the merchant", "brand")


def specification(name, chest, system="https://schema.org/WearableSizeSystemUS", **more):
    return {
        "@type": "SizeSpecification",
        "name": name,
        "sizeSystem": system,
        "suggestedMeasurement": [
            {
                "valueReference": "https://schema.org/BodyMeasurementChest",
                "minValue": chest,
                "maxValue": chest + 3,
                "unitCode": "INH",
            }
        ],
        "hasMeasurement": {"valueReference": "WearableMeasurementChestOrBust", "value": chest + 5, "unitCode": "INH"},
    } | more


def test_size_specifications_give_both_charts():
    charts = charts_from_schema([specification("Large", 42), specification("M", 38)], SOURCE)
    assert charts.body.system == "US"
    assert charts.body.sizes == ("M", "L")
    assert charts.body.rows[0].body_cm == {"chest": (96.52, 104.14)}
    assert charts.garment.rows[0].garment_cm == {"chest": 109.22}


def test_size_specification_in_the_form_of_the_vocabularys_own_example_is_read():
    jacket = {
        "@type": "SizeSpecification",
        "sizeSystem": "https://schema.org/WearableSizeSystemUS",
        "name": "3XL",
        "hasMeasurement": [
            {"valueReference": "https://schema.org/WearableMeasurementChest", "unitCode": "INH", "value": 56},
            {"valueReference": "https://schema.org/WearableMeasurementLength", "unitCode": "INH", "value": "31.5"},
            {"valueReference": "https://schema.org/WearableMeasurementCup", "value": 3},
        ],
        "suggestedMeasurement": [
            {
                "valueReference": "https://schema.org/BodyMeasurementChest",
                "unitCode": "INH",
                "minValue": 50,
                "maxValue": 53,
            },
            {
                "valueReference": "https://schema.org/BodyMeasurementHeight",
                "unitCode": "FOT",
                "minValue": 6,
                "maxValue": 6.25,
            },
        ],
    }
    charts = charts_from_schema([jacket], SOURCE)
    assert charts.garment.rows[0].garment_cm == {"chest": 142.24, "length": 80.01}
    assert charts.body.rows[0].body_cm == {"chest": (127, 134.62), "height": (182.88, 190.5)}


@pytest.mark.parametrize(
    ("specifications", "reason"),
    [
        ([], "no sizes"),
        ([{}], "no name"),
        (["M"], "no name"),
        ([specification("M", 42), specification("L", 38)], "below"),
        ([specification("M", 38), specification("L", 42, system="WearableSizeSystemUK")], "in one chart"),
        ([specification("M", 38, hasMeasurement="wide")], "QuantitativeValue"),
        (
            [specification("M", 38, hasMeasurement={"name": "BodyMeasurementChest", "value": 1})],
            "no WearableMeasurement",
        ),
        ([specification("M", 38, hasMeasurement={"name": "WearableMeasurementWaist", "value": 30})], "unitCode"),
        ([specification("M", 38, hasMeasurement={"name": "WearableMeasurementWaist", "unitCode": "INH"})], "no number"),
    ],
)
def test_size_specifications_that_make_no_sense_are_refused(specifications, reason):
    with pytest.raises(ChartRejected, match=reason):
        charts_from_schema(specifications, SOURCE)


def test_two_measurements_of_one_thing_have_to_agree():
    def named(chest, bust):
        given = (("BodyMeasurementChest", chest), ("BodyMeasurementBust", bust))
        told = [{"name": name, "value": value, "unitCode": "CMT"} for name, value in given]
        return [{"name": "M", "suggestedMeasurement": told}]

    assert charts_from_schema(named(100, 100), SOURCE).body.rows[0].body_cm == {"chest": (100, 100)}
    with pytest.raises(ChartRejected, match="as 100 and as 90"):
        charts_from_schema(named(100, 90), SOURCE)


def test_men_and_women_of_one_letter_are_kept_apart():
    men = specification("M", 38, sizeGroup="https://schema.org/WearableSizeGroupMens")
    women = specification("M", 34, suggestedGender={"@id": "https://schema.org/Female"})
    with pytest.raises(ChartRejected, match="has sizes for men, women; say for which"):
        charts_from_schema([men, women], SOURCE)
    assert charts_from_schema([men, women], SOURCE, group="men").body.rows[0].body_cm == {"chest": (96.52, 104.14)}
    charts = charts_from_schema([men, women], SOURCE, group="women")
    assert charts.body.rows[0].body_cm["chest"][0] == 86.36
    assert (charts.group, charts.sex) == ("women", "female")


def test_regular_sizes_are_everybodys_and_petite_ones_are_not():
    groups = ["https://schema.org/WearableSizeGroupWomens", "https://schema.org/WearableSizeGroupRegular"]
    assert charts_from_schema([specification("M", 38, sizeGroup=groups)], SOURCE).group == "women"
    petite = [groups[0], "https://schema.org/WearableSizeGroupPetite"]
    assert charts_from_schema([specification("M", 38, sizeGroup=petite)], SOURCE).group == "women petite"


def test_specifications_are_found_wherever_a_product_has_them():
    small, large = specification("M", 38), specification("L", 42)
    group = {"@type": "ProductGroup", "name": "Coat", "hasVariant": [{"size": small}, {"size": large}, {"size": small}]}
    charts = charts_from_schema(specifications_in({"@graph": [{"@type": "WebPage"}, group]}), SOURCE)
    assert charts.sizes == ("M", "L")
    assert charts.left_out == ("rows that repeat another: 1",)
    assert specifications_in({"@type": "Product", "hasMeasurement": {"value": 3}}) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=12) | st.sampled_from(["CMT", "BodyMeasurementChest"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["@type", "name", "suggestedMeasurement", "hasMeasurement", "value", "unitCode", "sizeGroup"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_document_is_a_chart_or_refused(document):
    for specifications in (specifications_in(document), [document]):
        try:
            charts_from_schema(specifications, SOURCE)
        except ChartRejected:
            pass
