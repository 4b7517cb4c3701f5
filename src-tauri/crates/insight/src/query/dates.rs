//! Dates as people write them: "2019", "2019-06-03", "3.6.2019", "June 2019", "letzte Woche", "2019年6月".

use time::{Date, Duration, Month};

use cairn_core::Span;

use super::words::{listed, lookup, words};

/// A stretch of days that some words mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Days {
    pub span: Span<Date>,
    /// Whether they mean it wherever they stand ("June 2019"), not only where a date is due ("2019", "yesterday").
    pub clear: bool,
}

impl Days {
    fn clear(span: Span<Date>) -> Self {
        Days { span, clear: true }
    }

    fn vague(span: Span<Date>) -> Self {
        Days { span, clear: false }
    }
}

/// The days that the value of a field stands for: a date, or two of them as "2019..2021", either of which may be missing.
pub(super) fn read(value: &str, today: Date) -> Option<Span<Date>> {
    let date = |text: &str| {
        let words = words(text);
        expression(&words.iter().map(String::as_str).collect::<Vec<_>>(), today).map(|days| days.span)
    };
    let Some((first, last)) = value.split_once("..") else { return date(value) };
    let side = |text: &str| if text.trim().is_empty() { Some(Span::ALL) } else { date(text) };
    through(side(first)?, side(last)?)
}

/// From the beginning of one stretch to the end of the other, whichever is earlier.
pub(super) fn through(first: Span<Date>, last: Span<Date>) -> Option<Span<Date>> {
    let reversed = first.from.zip(last.from).is_some_and(|(first, last)| last < first);
    let (first, last) = if reversed { (last, first) } else { (first, last) };
    let span = Span { from: first.from, until: last.until };
    (span != Span::ALL).then_some(span)
}

/// A stretch in the shortest form that [`read`] reads: "2019", "2019-06", "2019-06-03", "2019-06-03..2019-06-05".
pub(super) fn label(span: Span<Date>) -> String {
    let side = |date: Option<Date>| date.map_or_else(String::new, |date| date.to_string());
    let first = side(span.from);
    if let Some(from) = span.from {
        let begins = |count| months(from.year(), i32::from(u8::from(from.month())), count) == Some(span);
        if begins(12) && from.month() == Month::January {
            return from.year().to_string();
        }
        if begins(1) {
            return first.get(..7).unwrap_or(&first).to_owned();
        }
    }
    let last = side(span.until.and_then(Date::previous_day));
    if first == last { first } else { format!("{first}..{last}") }
}

/// What folded words mean, all of them together.
pub(super) fn expression(words: &[&str], today: Date) -> Option<Days> {
    let words: Vec<&str> = words.iter().copied().filter(|word| !is_filler(word)).collect();
    if let Some(ago) = lookup(DAYS, &words.join(" ")) {
        return Some(Days::vague(day(today.checked_sub(Duration::days(ago))?)));
    }
    match words.as_slice() {
        [one] => chinese(one, today).map(Days::clear).or_else(|| numeric(one).map(Days::vague)),
        [first, second] if listed(LAST_BEFORE, first) => relative(second, 1, today),
        [first, second] if listed(LAST_AFTER, second) => relative(first, 1, today),
        [first, second] if listed(THIS, first) => relative(second, 0, today),
        [first, second] if lookup(UNITS, first) == Some(Unit::Year) => numeric(second).map(Days::vague),
        [first, second] => of_year(first, year(second)?).map(Days::clear),
        [first, second, unit] if listed(LAST_BEFORE, first) => latest(second, unit, today).map(Days::clear),
        [first, second, unit] if listed(LAST_BEFORE, second) => latest(first, unit, today).map(Days::clear),
        [first, second, third] => {
            let (number, name) =
                if lookup(NAMED, first).is_some() { (second, first) } else { (first, second) };
            let (month, count) = lookup(NAMED, name)?;
            let of_month = || calendar_day(year(third)?, month, digits(number)?);
            if count == 1 { of_month().map(Days::clear) } else { None }
        }
        _ => None,
    }
}

/// Whether a word stands among those of a date and says nothing.
pub(super) fn is_filler(word: &str) -> bool {
    listed(FILLERS, word)
}

/// "june" or "summer" of a year.
fn of_year(word: &str, year: i32) -> Option<Span<Date>> {
    let (month, count) = lookup(NAMED, word)?;
    months(year, month, count)
}

/// This (0 ago) or the last (1 ago) week, month, year, summer or June. The last summer is the latest that is over, this
/// summer the latest that has begun.
fn relative(word: &str, ago: i32, today: Date) -> Option<Days> {
    if let Some(unit) = lookup(UNITS, word) {
        return period(unit, ago, today).map(Days::clear);
    }
    let (month, count) = lookup(NAMED, word)?;
    let fits = |span: &Span<Date>| {
        let due = if ago > 0 { span.until } else { span.from };
        due.is_some_and(|due| due <= today)
    };
    let span = (0..=2).filter_map(|back| months(today.year() - back, month, count)).find(fits)?;
    // "The last march" need not be a month.
    Some(Days { span, clear: count > 1 })
}

/// A whole week (from Monday), month or year before the present one.
fn period(unit: Unit, ago: i32, today: Date) -> Option<Span<Date>> {
    match unit {
        Unit::Day => None,
        Unit::Week => {
            let back = i64::from(today.weekday().number_days_from_monday()) + 7 * i64::from(ago);
            let from = today.checked_sub(Duration::days(back))?;
            Some(Span { from: Some(from), until: from.checked_add(Duration::days(7)) })
        }
        Unit::Month => months(today.year(), i32::from(u8::from(today.month())) - ago, 1),
        Unit::Year => months(today.year() - ago, 1, 12),
    }
}

/// The latest days, weeks, months or years up to and with today.
fn latest(count: &str, unit: &str, today: Date) -> Option<Span<Date>> {
    let count = i32::from(digits(count).filter(|count| (1..1_000).contains(count))?);
    let until = today.next_day()?;
    let back = |days: i32| until.checked_sub(Duration::days(i64::from(days)));
    let from = match lookup(UNITS, unit)? {
        Unit::Day => back(count)?,
        Unit::Week => back(7 * count)?,
        Unit::Month => months_before(until, count)?,
        Unit::Year => months_before(until, 12 * count)?,
    };
    Some(Span { from: Some(from), until: Some(until) })
}

/// The same day some months before, or the last of its month where there is none.
fn months_before(date: Date, count: i32) -> Option<Date> {
    let first = first_of(date.year(), i32::from(u8::from(date.month())) - count)?;
    first.replace_day(date.day().min(first.month().length(first.year()))).ok()
}

/// Dates of digits. With two numbers before the year the day comes first, unless only the second can be a day.
fn numeric(text: &str) -> Option<Span<Date>> {
    let parts: Vec<&str> = text.splitn(4, ['-', '.', '/']).collect();
    match parts.as_slice() {
        [one] => months(year(one)?, 1, 12),
        [first, last] => match (year(first), year(last)) {
            (Some(first), Some(last)) => through(months(first, 1, 12)?, months(last, 1, 12)?),
            (Some(year), None) => month(year, last),
            (None, Some(year)) => month(year, first),
            (None, None) => None,
        },
        [first, month, last] if year(first).is_some() => {
            calendar_day(year(first)?, i32::from(digits(month)?), digits(last)?)
        }
        [first, second, last] => {
            let (first, second) = (digits(first)?, digits(second)?);
            let (day, month) = if second > 12 { (second, first) } else { (first, second) };
            calendar_day(year(last)?, i32::from(month), day)
        }
        _ => None,
    }
}

/// "2019年", "2019年6月", "去年6月3日", "去年夏天", "上个月", "最近30天".
fn chinese(text: &str, today: Date) -> Option<Span<Date>> {
    if let Some((unit, ago)) = lookup(CHINESE_PERIODS, text) {
        return period(unit, ago, today);
    }
    if let Some(rest) = CHINESE_LATEST.split(", ").find_map(|latest| text.strip_prefix(latest)) {
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        return latest(rest.strip_suffix(unit)?, unit, today);
    }
    let (name, rest) = text.split_once('年')?;
    let year = match name {
        "今" => today.year(),
        "去" => today.year() - 1,
        "前" => today.year() - 2,
        _ => year(name)?,
    };
    if rest.is_empty() {
        return months(year, 1, 12);
    }
    let Some((number, rest)) = rest.split_once('月') else { return of_year(rest, year) };
    if rest.is_empty() {
        return month(year, number);
    }
    calendar_day(year, i32::from(digits(number)?), digits(rest.strip_suffix(['日', '号', '號'])?)?)
}

fn year(text: &str) -> Option<i32> {
    digits(text).filter(|year| *year >= 1_000).map(i32::from)
}

fn month(year: i32, text: &str) -> Option<Span<Date>> {
    digits(text).filter(|month| (1..=12).contains(month)).and_then(|month| months(year, i32::from(month), 1))
}

fn calendar_day(year: i32, month: i32, number: u16) -> Option<Span<Date>> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Some(day(Date::from_calendar_date(year, month, u8::try_from(number).ok()?).ok()?))
}

fn day(date: Date) -> Span<Date> {
    Span { from: Some(date), until: date.next_day() }
}

/// Whole months from one on, which may lie outside of the year. The end of the calendar is left open.
fn months(year: i32, month: i32, count: i32) -> Option<Span<Date>> {
    Some(Span { from: Some(first_of(year, month)?), until: first_of(year, month + count) })
}

fn first_of(year: i32, month: i32) -> Option<Date> {
    let months = year * 12 + month - 1;
    let month = Month::try_from(u8::try_from(months.rem_euclid(12) + 1).ok()?).ok()?;
    Date::from_calendar_date(months.div_euclid(12), month, 1).ok()
}

/// A number of at most four digits.
fn digits(text: &str) -> Option<u16> {
    (text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    Month,
    Year,
}

const UNITS: &[(Unit, &str)] = &[
    (Unit::Day, "day, days, tag, tage, tagen, jour, jours, dia, dias, 天, 日"),
    (Unit::Week, "week, weeks, woche, wochen, semaine, semaines, semana, semanas, 周, 週, 个星期"),
    (Unit::Month, "month, months, monat, monate, monaten, mois, mes, meses, 月, 个月, 個月"),
    (Unit::Year, "year, years, jahr, jahre, jahren, an, ans, annee, annees, ano, anos, 年"),
];

/// Days ago.
const DAYS: &[(i64, &str)] = &[
    (0, "today, heute, aujourd hui, hoy, 今天, 今日"),
    (1, "yesterday, gestern, hier, ayer, 昨天, 昨日"),
    (2, "vorgestern, anteayer, 前天"),
];

/// First month and number of months. Seasons are those of the northern half; winter begins in December.
const NAMED: &[((i32, i32), &str)] = &[
    ((1, 1), "january, jan, januar, janner, janvier, janv, enero, ene"),
    ((2, 1), "february, feb, februar, fevrier, fevr, febrero"),
    ((3, 1), "march, mar, marz, maerz, mars, marzo"),
    ((4, 1), "april, apr, avril, avr, abril, abr"),
    ((5, 1), "may, mai, mayo"),
    ((6, 1), "june, jun, juni, juin, junio"),
    ((7, 1), "july, jul, juli, juillet, juil, julio"),
    ((8, 1), "august, aug, aout, agosto, ago"),
    ((9, 1), "september, sep, sept, septembre, septiembre, setiembre"),
    ((10, 1), "october, oct, oktober, okt, octobre, octubre"),
    ((11, 1), "november, nov, novembre, noviembre"),
    ((12, 1), "december, dec, dezember, dez, decembre, diciembre, dic"),
    ((3, 3), "spring, fruhling, fruhjahr, printemps, primavera, 春天, 春季"),
    ((6, 3), "summer, sommer, ete, verano, 夏天, 夏季"),
    ((9, 3), "autumn, fall, herbst, automne, otono, 秋天, 秋季"),
    ((12, 3), "winter, hiver, invierno, 冬天, 冬季"),
];

/// "Last" as it stands before its noun.
const LAST_BEFORE: &str = "last, past, letzte, letzten, letzter, letztes, letztem, vergangene, \
    vergangenen, vergangenes, dernier, derniere, derniers, dernieres, ultimo, ultima, ultimos, ultimas";

/// "Last" as it stands behind its noun.
const LAST_AFTER: &str = "dernier, derniere, passe, passee, pasado, pasada";

const THIS: &str = "this, diese, diesen, dieser, dieses, diesem, ce, cet, cette, este, esta";

const FILLERS: &str = "the, of, der, die, das, den, dem, des, l, le, la, les, du, de, d, el, los, las, del";

const CHINESE_PERIODS: &[((Unit, i32), &str)] = &[
    ((Unit::Week, 0), "本周, 这周, 本週, 這週, 这个星期"),
    ((Unit::Week, 1), "上周, 上週, 上个星期, 上星期"),
    ((Unit::Month, 0), "本月, 这个月, 這個月"),
    ((Unit::Month, 1), "上月, 上个月, 上個月"),
];

const CHINESE_LATEST: &str = "最近, 过去, 過去";

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    /// A Wednesday.
    const TODAY: Date = date!(2024 - 06 - 12);

    #[test]
    fn values_and_their_labels() {
        let cases = [
            ("2019", "2019"),
            ("2019-06", "2019-06"),
            ("06/2019", "2019-06"),
            ("2019-06-03", "2019-06-03"),
            ("03.06.2019", "2019-06-03"),
            ("3/6/2019", "2019-06-03"),
            ("3/16/2019", "2019-03-16"),
            ("16/3/2019", "2019-03-16"),
            ("2019..2021", "2019-01-01..2021-12-31"),
            ("2021..2019", "2019-01-01..2021-12-31"),
            ("2019-2021", "2019-01-01..2021-12-31"),
            ("2019-06..", "2019-06-01.."),
            ("..2019-06-03", "..2019-06-03"),
            ("june 2019..Aug. 2019", "2019-06-01..2019-08-31"),
            ("June-2019", "2019-06"),
            ("3. Juni 2019", "2019-06-03"),
            ("June 3, 2019", "2019-06-03"),
            ("le 3 août 2019", "2019-08-03"),
            ("3 de junio de 2019", "2019-06-03"),
            ("2019年6月", "2019-06"),
            ("2019年6月3日", "2019-06-03"),
            ("summer 2018", "2018-06-01..2018-08-31"),
            ("Winter 2018", "2018-12-01..2019-02-28"),
            ("today", "2024-06-12"),
            ("aujourd’hui", "2024-06-12"),
            ("vorgestern", "2024-06-10"),
            ("this week", "2024-06-10..2024-06-16"),
            ("letzte Woche", "2024-06-03..2024-06-09"),
            ("la semana pasada", "2024-06-03..2024-06-09"),
            ("上周", "2024-06-03..2024-06-09"),
            ("le mois dernier", "2024-05"),
            ("上个月", "2024-05"),
            ("l'année dernière", "2023"),
            ("el an\u{303}o pasado", "2023"),
            ("this year", "2024"),
            ("Jahr 2019", "2019"),
            ("last june", "2023-06"),
            ("this june", "2024-06"),
            ("letzter Sommer", "2023-06-01..2023-08-31"),
            ("l'été dernier", "2023-06-01..2023-08-31"),
            ("last 30 days", "2024-05-14..2024-06-12"),
            ("les 2 derniers mois", "2024-04-13..2024-06-12"),
            ("最近2周", "2024-05-30..2024-06-12"),
            ("去年夏天", "2023-06-01..2023-08-31"),
            ("9999", "9999"),
            ("9999-12-31..", "9999-12-31.."),
        ];
        for (value, expected) in cases {
            let span = read(value, TODAY);
            assert_eq!(span.map(label).as_deref(), Some(expected), "{value:?}");
            assert_eq!(read(expected, TODAY), span, "the label of {value:?} means the same");
        }
    }

    #[test]
    fn what_is_no_date() {
        let cases = [
            "",
            "..",
            "whenever",
            "june",
            "12",
            "19",
            "31.02.2019",
            "2019-13",
            "0999",
            "20190603",
            "last day",
            "last 0 days",
            "the",
            "3 summer 2019",
            "2019-06-03-04",
            "１２月",
            "年",
            "月日",
            "最近天",
            "12:30",
        ];
        for value in cases {
            assert_eq!(read(value, TODAY), None, "{value:?}");
        }
    }

    #[test]
    fn the_ends_of_the_calendar() {
        for today in [Date::MIN, Date::MAX] {
            for value in
                ["today", "yesterday", "this week", "last week", "last month", "last year", "last summer"]
            {
                let _ = read(value, today).map(label);
            }
            let _ = read("last 999 years", today);
        }
        assert_eq!(months_before(date!(2024 - 03 - 31), 1), Some(date!(2024 - 02 - 29)));
    }
}
