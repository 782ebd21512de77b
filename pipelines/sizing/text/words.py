# ruff: noqa: E501 - lists of phrases, which read better in long lines
"""The words of product texts: measures, and what tells whose a number is or whether a size can be had.

In the spelling of `plain.py`. Latin phrases match whole words only.
"""

from __future__ import annotations

from collections.abc import Mapping

# Points of measure of a garment; `…_width` is laid flat.
NAMES: Mapping[str, tuple[str, ...]] = {
    "chest": (
        "胸围", "胸围长", "成衣胸围", "衣服胸围", "上身胸围", "bust", "chest", "chest circumference", "bust circumference", "chest girth",
        "breast", "busts", "chest around", "chest measurement", "around the chest", "around the bust", "bust girth", "full chest", "full bust",
    ),
    "chest_width": (
        "胸宽", "半胸围", "1/2胸围", "胸围1/2", "胸围/2", "平铺胸围", "胸围平铺", "平量胸围", "平铺胸宽", "平量胸宽", "胸平铺", "腋下宽", "两腋间", "腋下至腋下",
        "pit to pit", "pit-to-pit", "p2p", "ptp", "p-p", "armpit to armpit", "chest width", "half chest", "half bust",
        "across chest", "across the chest", "1/2 chest", "1/2 bust", "bust width", "breast width", "underarm to underarm",
        "armpit-to-armpit", "flat chest", "chest flat", "width pit to pit", "underarms", "chest half", "armhole to armhole",
    ),
    "waist": ("腰围", "裤腰", "裤腰围", "裙腰", "腰围尺寸", "waist", "waistline", "waistband", "waist circumference", "waist girth", "waist around", "around the waist"),
    "waist_width": (
        "腰宽", "半腰围", "1/2腰围", "腰围1/2", "平铺腰围", "腰围平铺", "平量腰围", "平铺腰宽", "waist width", "half waist", "1/2 waist", "flat waist",
        "waist flat", "across waist", "across the waist",
    ),
    "hip": ("臀围", "坐围", "hip", "hips", "seat", "hip circumference", "hip girth", "around the hips"),
    "hip_width": (
        "臀宽", "半臀围", "1/2臀围", "臀围1/2", "平铺臀围", "臀围平铺", "平量臀围", "hip width", "half hip", "1/2 hip", "flat hip", "flat hips", "hips flat",
        "across hips", "across the hips", "hips width",
    ),
    "hem": ("下摆", "下摆围", "摆围", "裙摆", "裙摆围", "hem", "sweep", "hem sweep", "hem circumference", "bottom sweep", "bottom hem"),
    "hem_width": ("下摆宽", "摆宽", "平铺下摆", "hem width", "bottom width", "flat hem", "half hem"),
    "length": (
        "衣长", "裙长", "裤长", "全长", "总长", "身长", "后衣长", "前衣长", "后中长", "连衣裙长", "上衣长", "衣身长", "长度", "length from shoulder", "length from the shoulder", "length",  "body length",
        "back length", "front length", "total length", "full length", "overall length", "skirt length", "dress length",
        "shirt length", "shoulder to hem", "top to bottom", "from shoulder to hem", "long", "lengths", "garment length",
        "pants length", "trouser length", "coat length", "jacket length", "top length", "hps length", "centre back length",
        "center back length", "nape to hem", "collar to hem", "down the back",
    ),
    "shoulder": (
        "肩宽", "总肩宽", "shoulder", "shoulders", "shoulder width", "shoulder to shoulder", "across shoulders",
        "across shoulder", "across the shoulders", "shoulder breadth",
    ),
    "sleeve": ("袖长", "连肩袖长", "连肩袖", "肩袖长", "插肩袖长", "sleeve", "sleeves", "sleeve length", "arm length", "sleeve lengths"),
    "upper_arm": ("袖肥", "臂围", "袖围", "大臂围", "袖根肥", "bicep", "biceps", "upper arm", "sleeve girth"),
    "cuff": ("袖口", "袖口围", "cuff", "cuffs", "sleeve opening", "cuff opening"),
    "neck": ("领围", "领口", "领口围", "颈围", "neck", "collar", "neckline girth", "neck opening"),
    "thigh": ("大腿围", "腿围", "横裆", "thigh", "thighs", "大腿"),
    "thigh_width": ("大腿宽", "腿宽", "半大腿围", "thigh width", "half thigh"),
    "knee": ("膝围", "中裆", "knee"),
    "leg_opening": (
        "裤脚", "脚口", "裤口", "裤脚围", "裤脚口", "脚围", "裤口围", "leg opening", "ankle opening", "bottom opening", "leg hem", "ankle",
    ),
    "rise": ("前裆", "前浪", "立裆", "直裆", "裆深", "前裆长", "rise", "front rise", "crotch depth"),
    "inseam": ("内长", "内缝长", "内侧长", "内缝", "裤内长", "内裤长", "内档长", "inseam", "inside leg", "inner leg", "inside seam", "inside leg length", "inner seam", "leg"),
    "outseam": ("外长", "外侧长", "外缝", "外侧缝长", "outseam", "outside leg", "side seam", "side length", "outer seam", "outleg"),
}  # fmt: skip
# Of a body, whoever's it is.
BODY_NAMES = (
    "身高", "净身高", "体重", "净重", "净胸围", "净腰围", "净臀围", "净体胸围", "人体胸围", "人体腰围", "人体臀围", "下胸围", "上胸围", "三围", "年龄", "身长体重",
    "height", "heights", "weight", "weights", "underbust", "under bust", "age", "ages", "body chest", "body bust", "body waist",
    "body hips", "body hip", "body weight", "body height", "tall", "chest size", "your chest", "your bust", "your waist", "your hips", "your hip",
)  # fmt: skip
# Measures of something else, which swallow the number beside them.
OTHER_NAMES = (
    "口袋", "口袋宽", "口袋深", "印花", "图案", "logo", "鞋跟", "跟高", "腰带", "腰带长", "皮带", "帽围", "头围", "帽高", "领高", "开衩", "后裆", "后浪", "纽扣", "拉链", "包装", "误差",
    "克重", "库存", "货号", "款号", "编号", "价格", "吊牌价", "销量", "电话", "pocket", "pockets", "print", "button", "buttons", "button diameter",
    "zip", "zipper", "belt", "strap", "straps", "heel", "slit", "back rise", "hood", "tolerance", "difference", "price", "stock no",
    "style no", "item no", "sku", "ref", "article", "model no", "diameter", "depth", "deep", "thickness", "gsm", "denier", "parcel", "embroidery",
    "shoulder strap", "collar height", "cup", "head",
)  # fmt: skip
CUES: Mapping[str, tuple[str, ...]] = {
    "model": (
        "模特", "模特儿", "麻豆", "主播", "小姐姐", "试穿", "模特信息", "试穿报告", "model", "models", "mannequin", "model stats", "fit model",
        "model info", "model's", "lookbook", "photographed on", "pictured on", "shown on", "模特图",
    ),
    "wears": (
        "穿着", "著用", "着用", "穿著", "身穿", "上身", "试的", "身上", "穿的", "穿", "着", "著", "wears", "wearing", "is wearing", "size worn", "worn", "has on", "wear",
        "dressed in", "in a size", "wore",
    ),
    "buyer": (
        "本人", "我", "买家", "买家秀", "买的", "老公", "老婆", "女儿", "儿子", "平时穿", "平时", "追评", "收到", "客户反馈", "男朋友", "i'm", "i am", "i", "my",
        "me", "bought", "ordered", "got", "husband", "wife", "daughter", "son", "review", "customer review", "i've", "returned",
        "buyer", "usually", "normally", "usual", "myself", "she's",
    ),
    "body": (
        "适合", "适穿", "建议", "参考身材", "人体", "净体", "净", "可穿", "能穿", "以下", "以内", "身材", "体型", "亲选", "推荐", "选码", "您的", "量体", "参考体重", "的姐妹", "的女生", "都能", "可以穿", "的小仙女", "的小姐姐", "的人",
        "fits", "to fit", "fit for", "suits", "suitable for", "body", "body measurements", "if your", "if you", "recommended",
        "designed for", "made for a", "for a chest of", "for a waist of", "choose by", "intended for", "wearer", "wearer's", "then you need", "body size",
        "body measurement", "fits a", "fits up to", "best for", "should you", "for heights", "fits bodies",
    ),
    "garment": (
        "成衣", "成品", "衣服", "实测", "实量", "衣物", "商品尺寸", "产品尺寸", "平铺测量", "手工测量", "店里量的", "garment", "finished", "item", "product",
        "garment measurements", "product measurements", "item measurements", "actual measurements", "measures", "measured",
        "measurements of the garment", "the item", "the garment",
    ),
    "gone": (
        "售罄", "已售罄", "售完", "已售完", "断货", "断码", "缺货", "无货", "没货", "没有了", "没有货", "卖完", "卖光", "卖光了", "抢光", "已抢光", "抢完", "下架", "已下架", "暂无", "暂缺", "缺",
        "没了", "无库存", "补货中", "售空", "缺码", "已断", "停产", "sold out", "soldout", "sold-out", "out of stock", "out-of-stock", "unavailable", "no longer available",
        "not available", "oos", "gone", "not in stock", "discontinued", "has sold", "is sold", "have sold out", "0 left", "none left", "no more", "no size",
        "sorry no", "sorry, no", "currently unavailable", "✗", "✘", "❌", "🚫", "×", "unavailable sizes", "backordered",
    ),
    "stock": (
        "现货", "有货", "在售", "可拍", "库存充足", "还有", "有库存", "可选", "现有", "in stock", "available", "available now", "ready to ship", "back in stock",
        "last one", "remain", "remains", "remaining", "left", "✅", "✔", "✓", "🈶", "can be had", "预售", "最后", "restocked", "almost gone", "nearly gone", "going fast",
    ),
    "only": ("仅剩", "只剩", "只有", "仅有", "仅剩下", "就剩", "只剩下", "仅", "only", "just"),
    "rest": ("其余", "其他", "其它", "别的", "others", "the rest", "all other sizes", "other sizes", "everything else", "all others"),
    "except": ("除了", "除", "except", "except for", "all but", "other than", "without", "all sizes but", "every size but", "apart from", "excluding", "but not", "其中"),
    "all": ("全部", "所有", "全码", "all sizes", "every size"),
    "flat": (
        "平铺", "平量", "平放", "平铺测量", "平铺尺寸", "平铺手工测量", "手工平铺测量", "单边", "平面测量", "flat", "laid flat", "lying flat", "lay flat", "measured flat", "taken flat",
        "(1/2)", "half", "when flat", "flat lay", "across",
    ),
    "size": (
        "尺码", "码数", "码子", "规格", "尺寸", "号型", "码", "号", "尺码表", "腰围码", "裤码", "腰码", "鞋码", "领围码", "衣码", "尺码选择", "码数选择", "size", "sizes", "sz", "sizing", "szie", "waist sizes", "collar sizes", "waist size", "size range", "tag", "tagged",
        "label", "labelled", "labeled", "label size", "sizes offered", "available sizes", "size offered", "部位", "tag size", "尺码可选", "可选尺码",
    ),
    "system": (
        "eu", "uk", "us", "au", "it", "jp", "fr", "de", "eur", "usa", "italian", "french", "欧码", "美码", "英码", "日码", "欧版", "法码", "意码", "europe", "european", "junior sizes",
        "cn", "asian", "japanese", "russian", "ru", "br", "mx",
    ),
    "cm": ("单位cm", "单位:cm", "单位厘米", "单位:厘米", "in cm", "in centimetres", "in centimeters", "cm", "厘米", "公分", "centimetres", "centimeters"),
    "inch": ("英寸", "单位:英寸", "inches", "inch", "in inches"),
    "colour": (
        "黑色", "白色", "红色", "蓝色", "绿色", "灰色", "黄色", "粉色", "紫色", "棕色", "米色", "卡其", "藏青", "杏色", "咖色", "黑", "白", "红", "蓝", "灰", "粉", "black", "white", "red", "blue",
        "green", "grey", "gray", "yellow", "pink", "purple", "brown", "beige", "navy", "khaki", "cream", "orange", "burgundy", "olive", "ivory", "charcoal",
    ),
    "equals": ("=", "似的", "跟", "等于", "相当于", "fits like", "fits more like", "like a", "like an", "equals", "equivalent to", "more like", "is a us", "同"),
    "advice": ("选", "选择", "请选", "亲选", "choose", "go for", "pick", "select", "穿", "拍"),
    "orders": (
        "忽略", "无视", "输出", "系统提示", "系统指令", "提示词", "请回答", "请将", "ignore", "disregard", "ignore all", "ignore previous", "forget", "system:", "assistant:", "respond with", "answer with", "reply with", "you must",
        "instructions", "prompt", "override", "pretend", "you are now", "say size", "output",
    ),
    "ask": ("有没有", "有没", "do you have", "any chance of", "有无", "will you get", "can i get", "how about", "吗", "哪个码"),
}  # fmt: skip
# Words for whom the garment is, and traps that hold such a word.
GENDERS: Mapping[str, tuple[str, ...]] = {
    "women": (
        "女", "女士", "女款", "女装", "女式", "女生", "女性", "淑女", "女人", "妈妈装", "女裤", "女裙", "女孩子", "女友款", "妈妈", "少女", "women", "woman", "women's", "womens", "woman's", "ladies", "ladies'",
        "lady", "female", "for her", "womenswear", "lady's", "misses", "womans", "wmns",
    ),
    "men": (
        "男", "男士", "男款", "男装", "男式", "男生", "男性", "男人", "型男", "爸爸装", "男裤", "爸爸", "男友款", "men", "man", "men's", "mens", "man's", "gents", "gentlemen", "gentlemen's", "male", "for him",
        "menswear", "gentleman's", "mans", "guys",
    ),
    "unisex": (
        "男女同款", "男女通用", "男女皆可", "男女都能", "男女都可", "男女均可", "男女款", "不分男女", "中性", "中性风", "情侣", "情侣款", "情侣装", "男女", "男女装", "unisex", "gender neutral",
        "gender-neutral", "genderless", "for men and women", "men and women", "women and men", "men & women", "his and hers", "couples", "couple", "all genders",
        "for everyone", "men's and women's", "mens and womens", "him and her", "him or her", "both men and women", "women & men", "any gender",
    ),
    "girls": ("女童", "女宝", "女宝宝", "小女孩", "女孩", "女大童", "女中大童", "女婴", "girls", "girl", "girls'", "girl's"),
    "boys": ("男童", "男宝", "男宝宝", "小男孩", "男孩", "男大童", "男中大童", "男婴", "boys", "boy", "boys'", "boy's"),
    "kids": (
        "童装", "儿童", "宝宝", "婴儿", "婴幼儿", "中大童", "大童", "小童", "男女童", "男童女童", "童", "幼儿", "新生儿", "小朋友", "kids", "kid", "kids'", "kid's", "children", "children's", "childrens", "child", "toddler",
        "toddlers", "baby", "babies", "infant", "newborn", "youth", "boys and girls", "girls and boys", "child's", "baby's", "boys & girls", "girls & boys", "boys or girls",
    ),
    "": (
        "boyfriend", "girlfriend", "男友风", "男友", "女友", "男朋友", "女朋友", "男模", "女模", "男模特", "女模特", "male model", "female model", "girls' night", "girls night", "girls' trip", "girls trip", "baby blue",
        "baby pink", "baby soft", "girl boss", "小女人", "女孩子们", "男神", "女神", "dad hat", "mom jeans", "mum jeans", "boyfriend jeans", "kid mohair", "night out", "童鞋", "童趣", "man-made", "baby doll", "babydoll",
        "孩子", "boyfriend-style", "manmade", "male mannequin", "lady bird", "boy short", "wait man", "宝宝们", "仙女", "小仙女", "女儿", "best man",
    ),
}  # fmt: skip
FITS: Mapping[str, tuple[str, ...]] = {
    "slim": (
        "修身", "修身版", "修身款", "紧身", "贴身", "窄版", "窄身", "收身", "修身型", "紧身款", "slim", "slim fit", "slim-fit", "slimfit", "fitted", "skinny", "tight fit", "tight-fit", "tight fitting", "tight-fitting",
        "tight", "skin tight", "skin-tight", "bodycon", "figure-hugging", "body-hugging", "body hugging", "muscle fit", "tailored fit", "close fitting", "close-fitting", "slim cut", "form-fitting", "form fitting",
        "second skin", "snug fit", "slim silhouette", "super tight", "super skinny", "slim fitting", "figure hugging", "clingy", "body-con", "extra slim",
    ),
    "regular": (
        "常规", "常规款", "常规版型", "合身", "合身版型", "合体", "标准版型", "正常版型", "标准版", "标准型", "常规型", "正常版", "常规版", "合体型", "版型标准", "版型:标准", "版型:合体", "经典版型", "版型:常规",
        "直筒版型", "版型:经典", "版型正常", "regular fit", "regular-fit", "classic fit", "classic-fit", "standard fit", "standard-fit", "regular cut", "normal fit", "classic cut", "fit:regular", "fit: regular",
        "fit: classic", "fit: standard", "fit:classic", "fit type: regular", "regular, as it should be", "standard cut", "fit type: classic", "fit type: standard", "fit type regular", "fit - regular", "cut: regular",
        "cut: classic", "average fit", "fit is regular", "fit is classic", "fit is standard", "traditional fit", "comfort regular", "basic fit",
    ),
    "loose": (
        "宽松", "宽松版", "宽松款", "宽松型", "廓形", "超宽松", "oversize", "oversized", "oversize fit", "oversized fit", "over size", "loose", "loose fit", "loose-fit", "loose-fitting", "loosefit", "relaxed", "relaxed fit",
        "relaxed-fit", "baggy", "baggy fit", "roomy", "slouchy", "loose fitting", "宽大", "加肥", "落肩宽松", "慵懒", "宽松显瘦", "宽版", "boxy fit", "oversized silhouette", "super oversized", "宽松落肩", "easy fit", "loosely cut",
        "generous fit", "宽身", "os版", "bf风", "ovesize", "oversided", "comfortably loose",
    ),
}  # fmt: skip
NOT_FIT = ("tights", "too tight", "bit tight", "very tight on", "tight on me", "tight in", "relaxed person", "slimming", "tight budget", "宽松紧", "loose thread", "loose threads", "loose button", "skinny strap", "relaxed weekend", "slim pocket", "tight knit", "tight weave", "skinny belt", "松紧", "贴身口袋", "贴身穿着", "贴身衣物", "tightly", "loosen", "合身的")  # fmt: skip
# One character for a measure, where a number follows it and no other character comes before: 胸47 腰41 长86.
SHORT_NAMES = {
    "胸": "chest_width",
    "腰": "waist_width",
    "长": "length",
    "肩": "shoulder",
    "袖": "sleeve",
    "臀": "hip_width",
}
# Phrases that hold a word from above and mean nothing of it.
SWALLOWED = (
    "的宝宝", "宝宝请", "宝宝可以", "宝宝选", "高腰", "中腰", "低腰", "收腰", "束腰", "松紧腰", "高腰围", "长袖", "短袖", "中长款", "长款", "短款", "加长", "肩带", "我们", "我家", "新款", "穿搭", "号召", "码头", "密码", "扫码", "码上", "型号", "账号", "衣服质量",
    "条码", "二维码", "编码", "帐号", "外穿", "内穿", "百搭", "可外穿", "size of the print", "好穿", "上身效果", "净色", "干净", "其他颜色", "按身高", "推荐理由", "on the model's", "available in", "single item", "胸大",
    "显胸", "穿着舒适", "穿着体验", "净含量", "适合人群", "适合季节", "适合场合", "适用季节", "model number", "model name", "hand wash", "in a size up", "身材娇小", "在售后", "所有订单", "全部商品", "最大程度",
)  # fmt: skip
# What may stand between a measure and its number, or between numbers of one list.
FILLERS = frozenset(
    "一圈 可调节 约 大约 大概 左右 为 是 约为 有 分别 分别是 分别为 依次 依次是 依次为 统一 测得 可调 可拉伸 最大 的 数据 approx approximately about around is are of measures measure "
    "ca circa respectively stretchy total a the at all sizes has unstretched for in 均为 都是 则 从 实测 尺寸 measuring comes to just roughly and 和 与 均 各 不限 measured was only cm taken "
    "尺码 这件 松量 拉直 未拉伸 自然 状态 the garment 弹力 弹性 加 extends stretches stretched elastic width circumference 围".split()
)  # fmt: skip
