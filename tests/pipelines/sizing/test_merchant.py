"""Merchants' tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import ChartRejected
from pipelines.sizing.charts import Source
from pipelines.sizing.merchant import charts_from_csv, charts_from_schema, google_size

SOURCE = Source("the merchant", "brand")


def test_a_table_gives_body_and_garment_apart():
    text = "Size,Body chest (cm),Garment chest (cm),garment length cm\nL,102-110,114,73\nM,94–102,106,71.5\n"
    charts = charts_from_csv(text, SOURCE, system="EU")
    assert charts.body.sizes == charts.garment.sizes == ("M", "L")
    assert charts.body.rows[0].body_cm == {"chest": (94, 102)}
    assert charts.garment.rows[0].garment_cm == {"chest": 106, "length": 71.5}
    assert charts.body.system == "EU"
    assert charts.garment.rows[0].source is SOURCE


def test_a_chinese_table_laid_flat_becomes_girths():
    text = "尺码,平铺胸宽(厘米),衣长（平铺）cm,适合身高cm\nM码,52,70,165-175\n2XL,58,74,175-185\n"
    charts = charts_from_csv(text, SOURCE)
    assert charts.garment.rows[1].garment_cm == {"chest": 116, "length": 74}
    assert charts.garment.sizes == ("M", "XXL")
    assert charts.body.rows[0].body_cm == {"height": (165, 175)}


def test_inches_become_centimetres_by_header_or_by_cell():
    by_header = charts_from_csv("size,bust (in),waist (in)\n8,36,28\n10,37.25,29.5\n", SOURCE, "body").body
    assert by_header.rows[0].body_cm == {"chest": (91.44, 91.44), "waist": (71.12, 71.12)}
    by_cell = charts_from_csv('size,bust\nM,"36-38"""\n', SOURCE, "body").body
    assert by_cell.rows[0].body_cm == {"chest": (91.44, 96.52)}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_cells_are_separated_as_spreadsheets_do_it(separator):
    rows = (("号型", "净胸围(公分)", "成衣胸围(公分)", "平铺胸宽(厘米)"), ("170/88A", "86-90", "100", "50"))
    charts = charts_from_csv("\ufeff" + "\r\n".join(separator.join(row) for row in rows), SOURCE)
    assert charts.body.rows[0].body_cm == {"chest": (86, 90)}
    assert charts.garment.rows[0].garment_cm == {"chest": 100}


def test_the_decimal_comma_is_read_between_semicolons():
    charts = charts_from_csv("size;chest cm\nS;88,5\nM;92,5-96,5\n", SOURCE, "body")
    assert charts.body.rows[1].body_cm == {"chest": (92.5, 96.5)}


def test_millimetres_have_four_digits():
    charts = charts_from_csv("size,garment chest (mm),garment length\nM,1040,700 mm\nL,1120,1050 mm\n", SOURCE)
    assert charts.garment.rows[1].garment_cm == {"chest": 112, "length": 105}


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("size,chest cm\nM,100\n", None, "body or of the garment"),
        ("size,body garment chest cm\nM,100\n", None, "at once"),
        ("size,chest\nM,100\n", "body", "no unit"),
        ("size,charm cm\nM,100\n", "body", "not a measurement"),
        ("name,chest cm\nM,100\n", "body", "no column named size"),
        ("size,chest cm\n", "body", "at least one size"),
        ("", "body", "at least one size"),
        ("size,chest cm\nM,\n", "body", "no number"),
        ("size,chest cm\nM,😀\n", "body", "no number"),
        ("size,chest cm\nM,nan\n", "body", "no number"),
        ("size,chest cm\nM,-100\n", "body", "no number"),
        ("size,chest cm\nM,110-118\nL,102-110\n", "body", "below"),
        ("size,garment chest cm\nM,100-104\n", None, "one value"),
        ("size,chest cm\nM,100\nM,104\n", "garment", "twice"),
        ("size,chest cm,bust cm\nM,100-104,100-108\n", "body", "as 100-104 and as 100-108"),
        ("size,chest cm,bust cm\nM,100,90\n", "body", "as 100 and as 90"),
        ("size,garment chest cm,chest width cm\nM,100,60\n", None, "as 100 and as 120"),
        ("size,length cm\nM,70\n", "body", "no body dimension"),
        ("size\nM\n", "body", "no measurements"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(text, kind, reason):
    with pytest.raises(ChartRejected, match=reason):
        charts_from_csv(text, SOURCE, kind)


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


def test_google_attributes_are_read_and_checked():
    item = {"size": "xx-large", "size_system": "mex", "size_type": "petite, maternity"}
    assert google_size(item) == ("XXL", "MEX", ("petite", "maternity"))
    for wrong in (
        {"size": ""},
        {"size": "M", "size_system": "MX"},
        {"size": "M", "size_type": "huge"},
        {"size": "x" * 101},
    ):
        with pytest.raises(ChartRejected):
            google_size(wrong)


@given(st.text(max_size=200))
def test_any_text_is_a_chart_or_refused(text):
    for table in (text, f"size,body chest cm\nM,{text}", f"size,{text}\nM,100 cm"):
        try:
            charts_from_csv(table, SOURCE)
        except ChartRejected:
            pass
