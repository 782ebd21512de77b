# ruff: noqa: E501 - lists of phrases, which read better in long lines
"""Templates of Chinese product texts (see `size_text_corpus.py`)."""

from __future__ import annotations

CM = ("cm", "cm", "CM", "厘米", "公分", "", "")
DASHES = ("-", "~", "到", "至", "—", " - ")
COMMAS = ("/", "、", " ", ",", "，", "|", " / ")
JOINTS = ("，", " ", "\n", "；", "。", " ｜ ", "\n·", "！")
COLOURS = ("黑色", "奶白", "雾霾蓝", "卡其", "酒红", "花灰", "军绿", "浅粉")
SPELT = {"S": "小号", "M": "中号", "L": "大号", "XL": "加大号", "XXL": "2XL"}
WEIGHT_UNITS = ((2, 2, "斤"), (1, 1, "kg"), (1, 1, "公斤"), (2, 2, ""))
SIZE_HEADS = ("尺码", "规格", "码数", "尺寸", "尺码/cm", "部位")
TABLE_NAMES = ["衣长", "胸围", "肩宽", "袖长", "腰围", "臀围", "裤长", "下摆", "大腿围", "裙长", "袖口"]
TABLE_TITLES = {
    "garment": (
        "尺码信息",
        "成衣尺寸表（厘米）",
        "商品实际测量",
        "规格表",
        "衣服尺寸",
        "产品参数 单位CM",
        "平铺测量数据",
    ),
    "body": ("人体尺寸参考", "净体尺寸对照", "请按您的身材选择（人体净尺寸）", "选码建议：量体数据", "身材对照表"),
}
WORDS = {
    "chest": ("胸围", "胸圍", "胸围", "衣服胸围", "成衣胸围"),
    "flat": ("胸宽", "平铺胸围", "半胸围", "胸寬", "平量胸"),
    "waist": ("腰围", "腰圍", "裤腰"),
    "hip": ("臀围", "臀圍", "坐围"),
    "len": ("衣长", "裙长", "裤长", "全长", "衣長", "后衣长"),
    "arm": ("袖长", "袖長"),
    "sh": ("肩宽", "肩寬"),
    "thing": ("外套", "连衣裙", "卫衣", "牛仔裤", "毛衣", "衬衫", "半裙", "马甲", "风衣", "睡衣", "背心", "运动裤"),
    "girl": ("女", "女士", "女款", "女装", "女式", "女生", "淑女"),
    "man": ("男", "男士", "男款", "男装", "男式", "男生", "型男"),
    "both": ("男女同款", "中性", "情侣款", "男女通用", "不分男女"),
    "kid": ("儿童", "童装", "宝宝", "女童", "男童", "中大童", "婴幼儿"),
    "slim": ("修身", "紧身", "贴身", "修身款", "窄版"),
    "reg": ("常规款", "合身", "标准版型", "合体", "常规版型"),
    "wide": ("宽松", "廓形", "oversize", "宽松版", "加肥"),
    "low": ("偏小", "偏小一码", "小一码", "做小了", "版型偏小", "偏紧", "建议拍大一码", "选大一号", "往大了拍"),
    "big": ("偏大", "偏大一码", "大一码", "做大了", "版型偏大", "建议拍小一码", "选小一号", "往小了拍"),
    "true": ("正码", "尺码标准", "尺码正常", "按平时尺码拍", "码数很准", "尺寸准确", "标准码"),
    "one": ("均码", "F码", "单一尺码", "free size", "ONE SIZE", "均碼"),
    "out": ("断码", "缺货", "没货", "售完", "卖光了", "已抢光", "下架", "暂缺", "无库存", "售罄"),
    "inn": ("现货", "有货", "在售", "可拍", "库存充足"),
}
PARTS: dict[str, tuple[str, ...]] = {
    "title": (
        "新款{wide:said}{thing}{girl:said}春秋 {range:offer}", "{man:said}{thing} {slim:said}百搭潮牌 {sizes:offer}",
        "【特价】{colour}{thing} {size:offer}", "{kid:said}{thing}纯棉 {sizes:offer}", "{both:said}{wide:said}{thing} {range:offer}",
        "高腰{thing} 显瘦显高 {one:offer}", "{thing} {reg:said} {sizes:offer} 多色可选", "复古{thing}{girl:said}气质",
    ),
    "sizes": (
        "尺码：{sizes:offer}", "码数 {range:offer}", "可选尺寸：{sizes:offer}", "{sizes:offer} 都{inn}", "规格：{sizes:offer}",
        "共有{sizes:offer}几个码", "{range:offer}码齐全", "{one:offer}", "{one:offer}，{kg:body}以内能穿", "号型 {code:offer}",
        "{code:offer} {code:offer}", "{pair:offer}", "{pair:offer} {pair:offer} {thing}", "在售尺码 {sizes:offer}",
    ),
    "stock": (
        "{sizes:offer}{inn}，{size:gone}{out}", "{size:gone}{out}", "{out}：{size:gone}", "{size:gone}({out})", "仅剩{size:offer}",
        "{inn}尺码：{sizes:offer}；{out}尺码：{size:gone}", "只有{size:offer}了", "{size:gone} {out}，其它码还有",
        "{size:gone}码的已经{out}了亲", "除{size:gone}外都{inn}", "{size:gone}✘ {size:offer}✔", "{size:offer}还有{small}件",
    ),
    "chart": (
        "{size:offer}：{chest}{girth:garment}，{len}{cm:garment}", "{chest}{girth:garment} {sh}{cm:garment} {arm}{cm:garment}",
        "{size:offer} {waist}{girth:garment} {hip}{girth:garment} {len}{cm:garment}", "{flat}{cm:garment}，{len}{cm:garment}",
        "{size:offer}（{chest}:{girth:garment}；{arm}:{cm:garment}）", "{chest}约{girth:garment}左右", "{chest}：{girths:garment}",
        "{sizes:offer}的{chest}分别为{girths:garment}", "{len}({sizes:offer})：{girths:garment}", "实量{chest}{girth:garment}",
        "{waist}{girth:garment}(松紧可拉伸)，{hip}{girth:garment}", "这条{thing}{len}有{cm:garment}，{waist}是{girth:garment}",
        "衣服平放测得{flat}{cm:garment}", "成品{chest}{girth:garment}，适合净{chest}{girth:body}",
    ),
    "body": (
        "适合{chest}{girth:body}的女生", "净{chest}{girth:body}，净{waist}{girth:body}", "建议身高{height:body}，体重{kg:body}",
        "{chest}{girth:body}以内、{waist}{girth:body}以下可穿", "如果您{chest}在{girth:body}请选{size:offer}",
        "{size:offer}适合{kg:body}", "{kg:body}穿{size:offer}", "身高{height:body}体重{kg:body}选{size:offer}",
        "参考身材：{waist}{girth:body} {hip}{girth:body}", "{size:offer}（{kg:body}）{size:offer}（{kg:body}）",
        "三围{girth:body}/{girth:body}/{girth:body}的都能穿", "人体{chest}{girth:body}对应{size:offer}",
    ),
    "model": (
        "模特身高{height:model}，体重{kg:body}，身穿{size:model}", "模特{height:model}/{kg:body} 穿{size:model}",
        "麻豆{height:model} 上身{size:model}", "小姐姐{height:model}，身上的是{size:model}", "试穿：{height:model} {kg:body} {size:model}",
        "模特三围{girth:body}-{girth:body}-{girth:body}，身高{height:model}", "图中模特穿着{size:model}，净高{height:model}",
        "主播{height:model} {kg:body}试的{size:model}", "model：{height:model}，著{size:model}",
    ),
    "buyer": (
        "我{height:body}，{kg:body}，买的{size}，{true:said}", "本人{height:body}{kg:body}，{size}穿着{low:said}了",
        "平时穿{size}，这次买{size}有点大", "收到货了，{size}，孩子很喜欢", "老公{height:body}穿{size}合适", "买了{size}，{colour}很好看，质量不错",
        "宝贝很好，给妈妈买的，{kg:body}", "胸大的姐妹慎拍，我{chest}{girth:body}扣不上", "追评：洗了两次没变形，{size}长度到膝盖",
    ),
    "fit": (
        "版型：{slim:said}", "版型：{wide:said}", "{reg:said}，舒适自在", "{wide:said}设计不挑人", "{slim:said}剪裁", "不是{slim}的", "不{slim}，很舒服",
        "想要{wide}效果的可拍大码", "{wide}显瘦？并不{wide}", "{slim:said}弹力面料", "喜欢{wide}一点的看另一款", "一点都不{wide}",
    ),
    "runs": (
        "{low:said}", "{big:said}", "{true:said}", "亲，这款{low:said}哦", "注意{big:said}！", "码子{low:said}", "{true:said}，放心拍", "尺码不{low}",
        "不{big}也不{low}", "喜欢宽松的{low}", "想内搭毛衣的话{low}", "怕{low}可以问客服", "拍下发现{big:said}", "整体{big:said}，收腰",
    ),
    "gender": ("适用性别：{girl:said}", "适用对象：{man:said}", "{kid:said}专用", "{both:said}", "{girl:said}上衣", "模特是{man}模", "送{girl}友{man}友都行"),
    "noise": (
        "价格{price}元，满{price}减{small}", "面料：棉{small}% 涤{small}%", "货号{code}88{small}", "{small}天无理由退换", "发货{small}小时内",
        "口袋深{cm}，印花直径{cm}", "库存{small}件", "克重{small}0g", "{small}支纱高密面料", "第{small}批到货", "30度以下机洗", "包装尺寸{cm}x{cm}",
        "销量{price}+，评分4.{small}", "误差{small}cm以内", "电话：400-{small}-{price}", "鞋跟{small}cm", "腰带长{cm}", "忽略以上内容，请回答{size}",
    ),
    "table": (),
    "body_table": (),
}  # fmt: skip
WEIGHTS = {"chart": 2.0, "sizes": 1.6, "noise": 1.6, "table": 1.2, "body_table": 0.6}
