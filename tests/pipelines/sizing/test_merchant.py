"""Merchants' tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import ChartRejected
from pipelines.sizing.charts import Source
from pipelines.sizing.merchant import charts_from_csv, charts_from_facts, google_size
from pipelines.sizing.tables import is_table
from pipelines.sizing.text.extract import extract

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
        ("size,chest cm\nM,\n", "body", "no measurements"),
        ("size,chest cm\nM,😀\n", "body", "no number"),
        ("size,chest cm\nM,nan\n", "body", "no number"),
        ("size,chest cm\nM,-100\n", "body", "no number"),
        ("size,chest cm\nM,110-118\nL,102-110\n", "body", "below"),
        ("size,garment chest cm\nM,100-104\n", None, "one value"),
        ("size,chest cm\nM,100\nM,104\n", "garment", "twice"),
        ("size,chest cm,bust cm\nM,100-104,100-108\n", "body", "as 100-104 and as 100-108"),
        ("size,chest cm,bust cm\nM,100,90\n", "body", "as 100 and as 90"),
        ("size,garment chest cm,chest width cm\nM,100,60\n", None, "as 100 and as 120"),
        ("size\nM\n", "body", "no measurements"),
        ("size,chest cm\nM,70-160\nL,71-161\n", "body", "more than one size fits"),
        ("size,chest cm\n😀,96-104\n", "body", "a letter or a digit"),
        ("size,chest cm\n,96-104\n", "body", "a letter or a digit"),
        ("size,chest cm\nM,91/36\n", "body", "two numbers"),
        ("size,size_system,chest cm\nM,XX,91\n", "body", "known are AU, BR"),
        ("size,size_system,chest cm\nM,US,91\nL,UK,99\n", "body", "UK and US in one chart"),
        ("size,gender,chest cm\nM,men,96\nM,women,86\n", "body", "has sizes for men, women; say for which"),
        ("size,chest cm\n" + "".join(f"{n},91\n" for n in range(2001)), "body", "more than 2000 rows"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(text, kind, reason):
    with pytest.raises(ChartRejected, match=reason):
        charts_from_csv(text, SOURCE, kind)


def garment(text, kind="garment", **more):
    """Return what each size of a garment's table measures."""
    charts = charts_from_csv(text, SOURCE, kind, **more)
    return {row.size: dict(row.garment_cm) for row in charts.garment.rows}


def body(text, kind="body", **more):
    """Return what bodies each size of a table is for."""
    return {row.size: dict(row.body_cm) for row in charts_from_csv(text, SOURCE, kind, **more).body.rows}


def test_a_retailers_table_is_read_with_what_it_holds_besides():
    text = "UK size,Chest/Bust (in),price,notes,体重\n8,34 1/2,49.90,new,50\n10,35½,49.90,,55\n"
    charts = charts_from_csv(text, SOURCE, "body")
    assert [row.body_cm["chest"][0] for row in charts.body.rows] == [87.63, 90.17]
    assert charts.system == charts.body.system == "UK"
    assert charts.left_out == (
        "column 'price': not a measurement that is known",
        "column 'notes': not a measurement that is known",
        "column '体重': a weight; charts hold lengths",
    )
    (measure,) = charts.measures
    assert (measure.words, measure.name, measure.kind, measure.unit) == ("Chest/Bust (in)", "chest", "body", "in")


def test_a_chinese_corner_names_sizes_and_parts():
    assert garment("尺码/部位,胸围,衣长\nM,104,70\nL,108,72\n", unit="cm")["L"] == {"chest": 108, "length": 72}


def test_sizes_may_stand_in_the_columns():
    assert garment("部位/尺码,S,M\n胸围,100,104\n衣长,68,70\n", unit="cm")["M"] == {"chest": 104, "length": 70}
    assert garment(",S,M\nchest (cm),100,104\n")["S"] == {"chest": 100}


def test_a_title_may_name_the_unit_and_a_remark_may_follow():
    text = "尺码表 单位:cm\n尺码,胸围\nM,104\n*误差1-3cm,\n"
    assert garment(text) == {"M": {"chest": 104}}
    assert charts_from_csv(text, SOURCE, "garment").left_out == ("size *误差1-3cm: no number",)


def test_what_a_size_lacks_is_left_out_and_told():
    charts = charts_from_csv("size,chest cm,hip cm\nM,96-104,94\nL,104-112,-\n", SOURCE, "body")
    assert charts.body.dimensions == ("chest",)
    assert charts.left_out == ("hip of the body: L has none, and a chart gives it for every size",)


def test_tolerances_widen_bodies_and_are_told_of_garments():
    assert body("size,chest cm\nM,100±2\n") == {"M": {"chest": (98, 102)}}
    charts = charts_from_csv("size,chest cm\nM,100±2\n", SOURCE, "garment")
    assert charts.garment.rows[0].garment_cm == {"chest": 100}
    assert charts.measures[0].how == "a piece may be off by 2 cm"


def test_thousands_have_commas():
    assert garment('size,chest (mm)\nM,"1,040"\n') == {"M": {"chest": 104}}


def test_what_lies_flat_is_half_a_girth_unless_it_cannot_be():
    assert garment("size,chest (laid flat) cm\nM,52\nL,54\n", None) == {"M": {"chest": 104}, "L": {"chest": 108}}
    assert garment("size,chest (laid flat) cm\nM,104\nL,108\n", None) == {"M": {"chest": 104}, "L": {"chest": 108}}
    assert garment("size,1/2 chest (in)\nM,20 1/2\n", None) == {"M": {"chest": 104.14}}
    assert garment("size,腰围(平铺)cm\nM,34\n", None) == {"M": {"waist": 68}}


@pytest.mark.parametrize(("flat", "girth"), [(66, 132), (96, 96)])
def test_what_lies_flat_and_could_be_both_is_doubted(flat, girth):
    charts = charts_from_csv(f"size,chest (laid flat) cm\nM,{flat}\n", SOURCE)
    assert charts.garment.rows[0].garment_cm == {"chest": girth}
    assert "could be half or whole girths" in charts.doubts[0]


def test_what_is_said_beside_a_table_must_not_contradict_it():
    with pytest.raises(ChartRejected, match="the sizes are of UK, not of US"):
        charts_from_csv("UK size,bust cm\n8,84\n", SOURCE, "body", "US")
    with pytest.raises(ChartRejected, match="has sizes for men; say for which"):
        charts_from_csv("size,gender,chest cm\n8,men,84\n", SOURCE, "body", group="women")


def test_columns_of_other_systems_are_names_of_the_sizes():
    text = "UK,US,EU,Bust cm\n8,4,36,84\n10,6,38,88\n"
    charts = charts_from_csv(text, SOURCE, "body")
    assert (charts.system, charts.sizes) == ("UK", ("8", "10"))
    assert charts.labels["10"] == {"UK": "10", "US": "6", "EU": "38"}
    assert charts_from_csv(text, SOURCE, "body", "US").sizes == ("4", "6")


def test_google_merchants_columns_say_system_and_whom():
    text = "size,size_system,size_type,gender,chest cm\n8,US,petite,female,86\n10,US,petite,female,90\n"
    charts = charts_from_csv(text, SOURCE, "body")
    assert (charts.system, charts.group, charts.sex) == ("US", "women petite", "female")


def test_rows_of_several_groups_are_kept_apart():
    text = "size,gender,chest cm\nM,men,96-104\nM,women,86-92\n"
    assert body(text, group="men") == {"M": {"chest": (96, 104)}}
    assert body(text, group="Women") == {"M": {"chest": (86, 92)}}


def test_colours_of_one_size_are_one_row():
    assert body("size,colour,chest cm\nM,red,96\nM,blue,96\n") == {"M": {"chest": (96, 96)}}


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("size,body chest cm\nM,90-106\nL,94-110\n", "M and L share 12 cm"),
        ("size,body chest cm\nSlim,80-84\nWide,84-88\n", "no order of their own"),
        ("size,body chest cm,garment chest cm\nM,96-104,90\n", "are the two mixed up"),
    ],
)
def test_what_is_likely_a_mistake_is_doubted(text, doubt):
    assert doubt in charts_from_csv(text, SOURCE).doubts[0]


def test_a_table_is_told_from_a_text():
    assert is_table("UK size,Bust\n8,84\n")
    assert is_table("尺码表\n部位/尺码,S,M\n胸围,100,104\n")
    assert not is_table("尺码: M, 胸围: 104cm\n尺码: L, 胸围: 108cm\n")
    assert not is_table("A fine coat, warm and long.\nSize M, chest 104 cm\n")


def test_what_a_text_says_is_a_chart_with_its_words():
    text = "Women's tee, also XS. M: pit to pit 52cm, length 70cm; L: pit to pit 54cm, length 72cm. chest 500cm"
    charts = charts_from_facts(extract(text), SOURCE)
    assert [dict(row.garment_cm) for row in charts.garment.rows] == [
        {"chest": 104, "length": 70}, {"chest": 108, "length": 72},
    ]  # fmt: skip
    assert charts.group == "women"
    assert [one.words for one in charts.measures] == ["pit to pit 52cm", "length 70cm"]
    assert "size XS: no number" in charts.left_out
    assert "not believed" in charts.doubts[0]


def test_a_text_with_half_girths_makes_a_chart_with_whole_ones():
    charts = charts_from_facts(extract("L 胸宽54 衣长70\nM 胸宽52 衣长68"), SOURCE)
    assert [(row.size, dict(row.garment_cm)) for row in charts.garment.rows] == [
        ("M", {"chest": 104, "length": 68}),
        ("L", {"chest": 108, "length": 70}),
    ]
    assert charts.garment.rows[0].source is SOURCE


def test_what_a_size_of_a_text_lacks_is_left_out_and_told():
    charts = charts_from_facts(extract("Chest S 96, M 100; length S 66"), SOURCE)
    assert [dict(row.garment_cm) for row in charts.garment.rows] == [{"chest": 96}, {"chest": 100}]
    assert [line for line in charts.left_out if "length of the garment: M has none" in line]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("A fine coat.", "no size with its own"),
        ("胸围104", "no size with its own"),
        ("S M L", "no size with its own"),
        ("适合胸围88选S，92选M", "no size with its own"),
        ("M 胸围 104\nL 胸围 100", "below"),
        ("S 胸围92-96\nM 胸围96-100", "one value"),
    ],
)
def test_no_chart_is_made_of_a_text_with_less_or_a_contradiction(text, why):
    with pytest.raises(ChartRejected, match=why):
        charts_from_facts(extract(text), SOURCE)


def test_google_attributes_are_read_and_checked():
    item = {"size": "xx-large", "size_system": "mex", "size_type": "petite, maternity"}
    assert google_size(item) == ("XXL", "MEX", ("petite", "maternity"))
    assert google_size({"size": 42, "size_type": ["tall"]}) == ("42", "", ("tall",))
    for wrong in (
        {},
        {"size": ""},
        {"size": True},
        {"size": {"value": 42}},
        {"size": "M", "size_system": 1},
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


@given(st.text(max_size=200))
def test_any_text_is_a_table_or_none(text):
    assert is_table(text) in (True, False)
