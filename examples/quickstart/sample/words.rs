//! Names and phrases in many scripts.

/// Names of people.
pub(crate) const PEOPLE: &[&str] = &[
    "Ada Lovelace",
    "Zoë Brouwer",
    "Jürgen Groß",
    "Siân O'Neill",
    "Łukasz Żółć",
    "Søren Ångström",
    "Renée d'Arc",
    "Иван Петров",
    "Ольга Сергеевна",
    "Ελένη Παπαδοπούλου",
    "王小明",
    "山田 太郎",
    "김민준",
    "محمد علي",
    "דנה כהן",
    "प्रिया शर्मा",
    "สมชาย ใจดี",
    "Nguyễn Thị Hà",
    "Zoe\u{308} (decomposed)",
    "Ｆｕｌｌ Ｗｉｄｔｈ",
    "I\u{307}stanbul Işık",
    "Ana-María Núñez",
    "Þórr Ægisson",
    "Ĉiuj Esperantistoj",
    "𝒮𝒸𝓇𝒾𝓅𝓉 𝒩𝒶𝓂𝑒",
];

/// Names of companies.
pub(crate) const COMPANIES: &[&str] = &[
    "Groß & Söhne GmbH",
    "Café «Crème» SARL",
    "株式会社サンプル",
    "ООО «Ромашка»",
    "O'Brien \"Tools\" Ltd",
    "Çelik A.Ş.",
    "Smörgåsbord AB",
    "Ωmega Α.Ε.",
    "Ñandú S.A.",
    "C:\\users\\shared Ltd",
    "100% Natural; DROP TABLE Inc",
];

/// Things for sale.
pub(crate) const PRODUCTS: &[&str] = &[
    "Teapot 🫖",
    "Crème brûlée torch",
    "Größe-L Jacke",
    "鉛筆 HB",
    "Самовар",
    "Umbrella ☂️",
    "Jalapeño grinder",
    "Piñata",
    "Naïve painting kit",
    "Smørrebrød board",
    "Rubik's cube",
    "½-inch bolt",
    "Ångström ruler",
    "Family photo 👨‍👩‍👧‍👦",
    "Flag 🇳🇱",
    "Thumbs up 👍🏽 mug",
];

/// Groups of things.
pub(crate) const CATEGORIES: &[&str] =
    &["Kitchen", "Garden", "Office", "Küche", "Bücher", "Игрушки", "文房具", "Élégance", "Außenbereich", "Music ♫"];

/// Remarks; the third asks for every special character of the format.
pub(crate) const REMARKS: &[&str] = &[
    "Please ring twice.",
    "Leave it at the neighbours'\r\n(number 12)\tthank you",
    "quote ' doubled '' double quote \" backslash \\ escape-like \\u0041 end\\",
    "Vielen Dank für die schnelle Lieferung! 🚚💨",
    "Cafe\u{301} (two code points) and Café (one)",
    "ﷺ right-to-left \u{202E}override\u{202C} and zero\u{200D}width",
    "",
    "配達は午後にお願いします。",
];

/// A sentence for long texts.
pub(crate) const LONG: &str = "Ein langer Text, damit auch unbegrenzte Zeichenketten vorkommen: ÄÖÜ äöü ß € 𝄞 – ";
