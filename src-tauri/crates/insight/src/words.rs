//! Words of a text, as the keyword search understands them.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Byte ranges of the words: stretches of letters and digits. A stretch in a script without spaces (Han, Kana,
/// Hangul) is one range of its own.
pub fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = chars.find(|(_, c)| c.is_alphanumeric())?;
        let mut end = start + first.len_utf8();
        while let Some((at, c)) = chars.next_if(|(_, c)| continues(first, *c)) {
            end = at + c.len_utf8();
        }
        Some(start..end)
    })
}

fn continues(first: char, c: char) -> bool {
    is_combining_mark(c) || (c.is_alphanumeric() && is_cjk(first) == is_cjk(c))
}

/// Whether a character belongs to a script that is written without spaces between words, or whose words the
/// keyword search cuts into pairs: Han, Hiragana, Katakana, Hangul.
pub fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}'
    )
}

/// Lower case, without accents and ligatures: "Œuvre" stays, "Élève" is "eleve", "ﬁle" is "file".
pub fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    // Hangul syllables would fall apart into letters: what is left is put together again.
    word.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).nfc().collect()
}

/// What two forms of a word have in common: the stem of its folded form.
pub fn stem(word: &str) -> String {
    crate::stem::stem(&fold(word))
}

/// Whether a word (in any case, with or without accents) says nothing by itself in English, German, French,
/// Spanish, Italian, Portuguese or Dutch.
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(fold(word).as_str())
}

/// The stems of the words that say something, in order of appearance, with repetitions. A stretch without
/// spaces gives its pairs of characters.
pub fn content_stems(text: &str) -> Vec<String> {
    let mut stems = Vec::new();
    for range in words(text) {
        let word = &text[range];
        if word.chars().next().is_some_and(is_cjk) {
            stems.extend(pairs(word));
        } else if !is_stop_word(word) {
            stems.push(stem(word));
        }
    }
    stems
}

/// Pairs of neighbouring characters; a single character as it is.
pub(crate) fn pairs(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    match chars.len() {
        0 | 1 => vec![word.to_owned()],
        _ => chars.windows(2).map(|pair| pair.iter().collect()).collect(),
    }
}

static STOP_WORDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| STOP_WORD_LISTS.iter().flat_map(|list| list.split_whitespace()).collect());

/// Folded, one list for each language; a word of several languages stands in the first.
const STOP_WORD_LISTS: [&str; 7] = [
    // English
    "a about above after again against all also although always am among an and any anyone anything are aren
     around as at away back be became because been before being below between both but by came can cannot could
     couldn did didn do does doesn doing don done down due during each either else etc even ever every few first
     following for from further get gets getting give given go goes going got had hadn has hasn have haven having
     he hence her here hers herself him himself his how however i if in instead into is isn it its itself just
     last least less let like ll made make makes many may me might mine more most much must mustn my myself near
     need never next no nor not nothing now of off often on once one only onto or other others our ours ourselves
     out over own per perhaps please put quite rather re really s said same say says see seem seems shall shan
     she should shouldn since so some someone something still such t take than that the their theirs them
     themselves then there therefore these they thing things this those though through thus to together too
     toward towards two under until up upon us use used uses using ve very via was wasn way we well went were
     weren what whatever when where whether which while who whole whom whose why will with within without won
     would wouldn yes yet you your yours yourself yourselves",
    // German
    "aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes auch auf aus
     bei beim bereits bin bis bist bzw da dabei dadurch dafur dagegen daher damit danach dann daran darauf daraus
     darf darin daruber das dass daß davon dazu dein deine deinem deinen deiner dem den denn der deren des dessen
     deshalb dich die dies diese dieselbe diesem diesen dieser dieses dir doch dort du durch ein eine einem einen
     einer eines einige einigen einiger einiges einmal er erst es etwa etwas euch euer eure fur gegen gemaß gibt
     hab habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer ihres im immer
     in indem ins ist ja jede jedem jeden jeder jedes jedoch jener jetzt kann kein keine keinem keinen keiner
     keines konnen konnte konnten machen man manche mehr mein meine meinem meinen meiner mich mir mit muss musse
     mussen mußte nach nachdem nicht nichts noch nun nur ob oder ohne schon sehr sei sein seine seinem seinen
     seiner seines seit selbst sich sie sind so sobald solche solchem solchen solcher soll sollen sollte sollten
     somit sondern sonst sowie sowohl statt trotz uber um und uns unser unsere unserem unseren unserer unter usw
     viel viele vielen vom von vor wahrend wann war ware waren warum was weg weil weiter welche welchem welchen
     welcher welches wenn wer werde werden wie wieder will wir wird wirst wo wobei wollen worden wurde wurden
     zu zum zur zwar zwischen",
    // French
    "afin ai ainsi alors apres au aucun aucune aujourd auquel aura aussi autre autres aux avant avec avoir avons
     avez ayant beaucoup bien c ca car ce ceci cela celle celles celui cependant certain certaines ces cet cette
     ceux chacun chaque chez ci comme comment contre d dans de deja depuis des donc dont du elle elles en encore
     entre est et etaient etais etait etant etc ete etes etre eu eux fait faire faut fois font hors ici il ils
     j je jusqu jusque l la laquelle le lequel les lesquels leur leurs lors lorsque lui m ma mais me meme memes
     mes moi moins mon n ne ni non nos notre nous on ont ou par parce parfois pas pendant peu peut peuvent plus
     plusieurs plutot pour pourquoi pouvoir pres puis puisque qu quand que quel quelle quelles quelque quelques
     quels qui quoi sa sans se sera seront ses si son sont sous souvent suis sur ta tandis te tel telle tes toi
     ton toujours tous tout toute toutefois toutes tres trop tu un une vers voici voila vos votre vous y",
    // Spanish
    "actualmente ademas ahi ahora al algo alguien algun alguna algunas alguno algunos alli ante antes aquel
     aquella aquellas aquellos aqui asi aun aunque bajo bastante bien cabe cada casi cierto como con contra cual
     cuales cualquier cuando cuanto cuya cuyo de debe deben debido del demas dentro desde despues donde dos
     durante el ella ellas ello ellos embargo en entonces entre era eran eres es esa esas ese eso esos esta
     estaba estaban estado estamos estan estar estas este esto estos estoy fue fueron fui ha haber habia habian
     hace hacer hacia han hasta hay he hemos hizo hoy incluso la las le les lo los luego mas me mediante mejor
     menos mi mia mientras mis mismo misma mismos mucha muchas mucho muchos muy nada nadie ni ningun ninguna
     ninguno no nos nosotros nuestra nuestro nuestros nunca o os otra otras otro otros para pero poco por porque
     pues puede pueden puedo que quien quienes se sea sean segun ser si sido siempre siendo sin sino sobre sola
     solo somos son soy su sus suya suyo tal tales tambien tampoco tan tanta tanto te tenemos tener tengo tenia
     ti tiene tienen toda todas todavia todo todos tras tu tus un una unas uno unos usted ustedes va vamos van
     varios vez y ya yo",
    // Italian
    "agli ai al alla alle allo anche ancora avere aveva che chi ci coi col come con contro cosa cui da dagli dai
     dal dalla dalle degli dei del della delle dello di dove dopo due e ed era erano essere fa fra fu gia gli ha
     hanno ho i il io lei li loro lui ma mi mio molto negli nei nel nella nelle nello noi non nostro o ogni per
     perche piu poi qual quale quali quando quanto quella quelle quello questa queste questi questo qui sara sei
     sia siamo siete solo sono sta stata stati stato sua sue sugli sui sul sulla suo suoi tra tutti tutto un uno
     vi voi",
    // Portuguese
    "ao aos as ate com da das depois deles dela dele do dos ela elas ele eles em entao essa essas esse esses
     estao eu foi foram for isso isto ja lhe mais mas mesmo meu minha muito na nao nas nem no nos nossa nosso
     num numa os ou pela pelas pelo pelos pode quem sao sem seu seus sobre sua suas tambem tem teve tinha uma
     umas uns vai voce voces",
    // Dutch
    "aan al alles als altijd ben bij dan dat de deze die dit doen doch door dus een eens en ge geen geweest haar
     had heb hebben heeft hem het hier hij hoe hun iemand iets ik ja je kan kon kunnen maar meer men met mij mijn
     moet naar niet niets nog nu om omdat onder ons ook op over reeds te tegen toch toen tot u uit uw van veel
     voor waren wat werd wezen wie worden zal ze zelf zich zij zijn zo zonder zou",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<&str> {
        words(text).map(|range| &text[range]).collect()
    }

    #[test]
    fn words_are_stretches_of_letters_and_digits() {
        assert_eq!(all("Don't pay €1,200 (roof-repair)!"), ["Don", "t", "pay", "1", "200", "roof", "repair"]);
        assert_eq!(all("Cafe\u{301} naïve"), ["Cafe\u{301}", "naïve"]);
        assert_eq!(all("使用Python编程。猫"), ["使用", "Python", "编程", "猫"]);
        assert_eq!(all(" ... "), Vec::<&str>::new());
        assert_eq!(all(""), Vec::<&str>::new());
    }

    #[test]
    fn folding() {
        for (word, folded) in [
            ("Élève", "eleve"),
            ("ÜBER", "uber"),
            ("ﬁle", "file"),
            ("한글", "한글"),
            ("Straße", "straße"),
            ("ÅB", "ab"),
        ] {
            assert_eq!(fold(word), folded);
        }
    }

    #[test]
    fn stop_words_of_several_languages() {
        for word in ["The", "für", "über", "ÊTRE", "también", "perché", "não", "zonder"] {
            assert!(is_stop_word(word), "{word}");
        }
        for word in ["roof", "Rechnung", "maison", "casa"] {
            assert!(!is_stop_word(word), "{word}");
        }
    }

    #[test]
    fn content_is_what_is_left() {
        assert_eq!(content_stems("The invoices for the roof repairs"), ["invoic", "roof", "repair"]);
        assert_eq!(content_stems("屋顶维修 2024"), ["屋顶", "顶维", "维修", "2024"]);
    }
}
