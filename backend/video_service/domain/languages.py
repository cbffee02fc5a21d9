"""Languages, as containers name them and as HLS does (RFC 5646, with the names of Unicode CLDR)."""

import re

#: Two letters where there are two (ISO 639-1), the codes of three letters that mean the same (ISO 639-2,
#: bibliographic ones too), and what the language is called.
_TABLE = """
aa aar Afar; ab abk Abkhazian; ae ave Avestan; af afr Afrikaans; ak aka,fat,twi Akan; am amh Amharic;
an arg Aragonese; ar ara,arb Arabic; as asm Assamese; av ava Avaric; ay aym,ayr Aymara;
az aze,azj Azerbaijani; ba bak Bashkir; be bel Belarusian; bg bul Bulgarian; bi bis Bislama;
bm bam Bambara; bn ben Bangla; bo bod,tib Tibetan; br bre Breton; bs bos Bosnian; ca cat Catalan;
ce che Chechen; ch cha Chamorro; co cos Corsican; cr cre,cwd Cree; cs ces,cze Czech;
cu chu Church Slavic; cv chv Chuvash; cy cym,wel Welsh; da dan Danish; de deu,ger German; dv div Divehi;
dz adp,dzo Dzongkha; ee ewe Ewe; el ell,gre Greek; en eng English; eo epo Esperanto; es spa Spanish;
et ekk,est Estonian; eu baq,eus Basque; fa fas,per,pes Persian; ff fuc,ful Fula; fi fin Finnish;
fj fij Fijian; fo fao Faroese; fr fra,fre French; fy fry Western Frisian; ga gle Irish;
gd gla Scottish Gaelic; gl glg Galician; gn grn,gug Guarani; gu guj,prp Gujarati; gv glv Manx;
ha hau Hausa; he heb Hebrew; hi hin Hindi; ho hmo Hiri Motu; hr hrv,scr Croatian; ht hat Haitian Creole;
hu hun Hungarian; hy arm,hye Armenian; hz her Herero; ia ina Interlingua; id ind Indonesian;
ie ile Interlingue; ig ibo Igbo; ii iii Sichuan Yi; ik esk,ipk Inupiaq; io ido Ido; is ice,isl Icelandic;
it ita Italian; iu ike,iku Inuktitut; ja jpn Japanese; jv jav,jaw Javanese; ka geo,kat Georgian;
kg kng,kon Kongo; ki kik Kikuyu; kj kua Kuanyama; kk kaz Kazakh; kl kal Kalaallisut; km khm Khmer;
kn kan Kannada; ko kor Korean; kr kau,knc Kanuri; ks kas Kashmiri; ku kmr,kur Kurdish; kv kom,kpv Komi;
kw cor Cornish; ky kir Kyrgyz; la lat Latin; lb ltz Luxembourgish; lg lug Ganda; li lim Limburgish;
ln lin Lingala; lo lao Lao; lt lit Lithuanian; lu lub Luba-Katanga; lv lav,lvs Latvian;
mg mlg,plt Malagasy; mh mah Marshallese; mi mao,mri Māori; mk mac,mkd Macedonian; ml mal Malayalam;
mn drh,khk,mon Mongolian; mr mar Marathi; ms may,msa,zsm Malay; mt mlt Maltese; my bur,mya Burmese;
na nau Nauru; nb nob Norwegian Bokmål; nd nde North Ndebele; ne nep,npi Nepali; ng ndo Ndonga;
nl dut,nld Dutch; nn nno Norwegian Nynorsk; no nor Norwegian; nr nbl South Ndebele; nv nav Navajo;
ny nya Nyanja; oc oci Occitan; oj ojg,oji Ojibwa; om gaz,orm Oromo; or ori,ory Odia; os oss Ossetic;
pa pan Punjabi; pi pli Pali; pl pol Polish; ps pbu,pus Pashto; pt por Portuguese; qu que,quz Quechua;
rm roh Romansh; rn run Rundi; ro mol,ron,rum Romanian; ru rus Russian; rw kin Kinyarwanda;
sa cls,san Sanskrit; sc src,srd Sardinian; sd snd Sindhi; se sme Northern Sami; sg sag Sango;
si sin Sinhala; sk slk,slo Slovak; sl slv Slovenian; sm smo Samoan; sn sna Shona; so som Somali;
sq alb,als,sqi Albanian; sr scc,srp Serbian; ss ssw Swati; st sot Southern Sotho; su sun Sundanese;
sv swe Swedish; sw swa,swh Swahili; ta tam Tamil; te tel Telugu; tg tgk Tajik; th tha Thai;
ti tir Tigrinya; tk tuk Turkmen; tn tsn Tswana; to ton Tongan; tr tur Turkish; ts tso Tsonga;
tt tat Tatar; ty tah Tahitian; ug uig Uyghur; uk ukr Ukrainian; ur urd Urdu; uz uzb,uzn Uzbek;
ve ven Venda; vi vie Vietnamese; vo vol Volapük; wa wln Walloon; wo wol Wolof; xh xho Xhosa;
yi ydd,yid Yiddish; yo yor Yoruba; za zha,zyb Zhuang; zh chi,cmn,zho Chinese; zu zul Zulu
"""
_ROWS = [entry.split(maxsplit=2) for entry in _TABLE.replace("\n", " ").split(";")]
_TAGS = {code: tag for tag, codes, _ in _ROWS for code in codes.split(",")}
_NAMES = {tag: name for tag, _, name in _ROWS}
#: Language, script and region: what containers and people use.
_TAG = re.compile(r"([A-Za-z]{2,3})((?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?)")
#: Undetermined, no linguistic content, several, uncoded, and what QuickTime writes for none.
_NO_LANGUAGE = {"und", "zxx", "mul", "mis", "qaa"}


def language_tag(said: str) -> str | None:
    """The BCP 47 tag of what a container says: the shortest code (RFC 5646 section 2.2.1); ``None`` for
    no language and for nonsense."""
    match = _TAG.fullmatch(said.strip())
    if match is None or (code := match[1].lower()) in _NO_LANGUAGE:
        return None
    if len(code) == 2 and code not in _NAMES:
        return None
    parts = match[2].split("-")[1:]
    rest = [part.title() if len(part) == 4 else part.upper() for part in parts]
    return "-".join([_TAGS.get(code, code), *rest])


def language_name(tag: str) -> str:
    """In English; the tag itself where the language is rare."""
    language, _, rest = tag.partition("-")
    name = _NAMES.get(language)
    if name is None:
        return tag
    return f"{name} ({rest})" if rest else name
