"""Countries under one English name, from codes, other names and other languages.

The table is short and changes once in some years; libraries for it bring translations of many megabytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from leads.importing.keys import plain_key

# ISO 3166-1: alpha-2, alpha-3, name in daily use.
_COUNTRIES = """
AD AND Andorra|AE ARE United Arab Emirates|AF AFG Afghanistan|AG ATG Antigua and Barbuda|AI AIA Anguilla
AL ALB Albania|AM ARM Armenia|AO AGO Angola|AQ ATA Antarctica|AR ARG Argentina|AS ASM American Samoa|AT AUT Austria
AU AUS Australia|AW ABW Aruba|AX ALA Åland Islands|AZ AZE Azerbaijan|BA BIH Bosnia and Herzegovina|BB BRB Barbados
BD BGD Bangladesh|BE BEL Belgium|BF BFA Burkina Faso|BG BGR Bulgaria|BH BHR Bahrain|BI BDI Burundi|BJ BEN Benin
BL BLM Saint Barthélemy|BM BMU Bermuda|BN BRN Brunei|BO BOL Bolivia|BQ BES Caribbean Netherlands|BR BRA Brazil
BS BHS Bahamas|BT BTN Bhutan|BV BVT Bouvet Island|BW BWA Botswana|BY BLR Belarus|BZ BLZ Belize|CA CAN Canada
CC CCK Cocos (Keeling) Islands|CD COD Democratic Republic of the Congo|CF CAF Central African Republic
CG COG Republic of the Congo|CH CHE Switzerland|CI CIV Côte d'Ivoire|CK COK Cook Islands|CL CHL Chile|CM CMR Cameroon
CN CHN China|CO COL Colombia|CR CRI Costa Rica|CU CUB Cuba|CV CPV Cape Verde|CW CUW Curaçao|CX CXR Christmas Island
CY CYP Cyprus|CZ CZE Czechia|DE DEU Germany|DJ DJI Djibouti|DK DNK Denmark|DM DMA Dominica|DO DOM Dominican Republic
DZ DZA Algeria|EC ECU Ecuador|EE EST Estonia|EG EGY Egypt|EH ESH Western Sahara|ER ERI Eritrea|ES ESP Spain
ET ETH Ethiopia|FI FIN Finland|FJ FJI Fiji|FK FLK Falkland Islands|FM FSM Micronesia|FO FRO Faroe Islands
FR FRA France|GA GAB Gabon|GB GBR United Kingdom|GD GRD Grenada|GE GEO Georgia|GF GUF French Guiana|GG GGY Guernsey
GH GHA Ghana|GI GIB Gibraltar|GL GRL Greenland|GM GMB Gambia|GN GIN Guinea|GP GLP Guadeloupe|GQ GNQ Equatorial Guinea
GR GRC Greece|GS SGS South Georgia and the South Sandwich Islands|GT GTM Guatemala|GU GUM Guam|GW GNB Guinea-Bissau
GY GUY Guyana|HK HKG Hong Kong|HM HMD Heard Island and McDonald Islands|HN HND Honduras|HR HRV Croatia|HT HTI Haiti
HU HUN Hungary|ID IDN Indonesia|IE IRL Ireland|IL ISR Israel|IM IMN Isle of Man|IN IND India
IO IOT British Indian Ocean Territory|IQ IRQ Iraq|IR IRN Iran|IS ISL Iceland|IT ITA Italy|JE JEY Jersey|JM JAM Jamaica
JO JOR Jordan|JP JPN Japan|KE KEN Kenya|KG KGZ Kyrgyzstan|KH KHM Cambodia|KI KIR Kiribati|KM COM Comoros
KN KNA Saint Kitts and Nevis|KP PRK North Korea|KR KOR South Korea|KW KWT Kuwait|KY CYM Cayman Islands
KZ KAZ Kazakhstan|LA LAO Laos|LB LBN Lebanon|LC LCA Saint Lucia|LI LIE Liechtenstein|LK LKA Sri Lanka|LR LBR Liberia
LS LSO Lesotho|LT LTU Lithuania|LU LUX Luxembourg|LV LVA Latvia|LY LBY Libya|MA MAR Morocco|MC MCO Monaco
MD MDA Moldova|ME MNE Montenegro|MF MAF Saint Martin|MG MDG Madagascar|MH MHL Marshall Islands|MK MKD North Macedonia
ML MLI Mali|MM MMR Myanmar|MN MNG Mongolia|MO MAC Macao|MP MNP Northern Mariana Islands|MQ MTQ Martinique
MR MRT Mauritania|MS MSR Montserrat|MT MLT Malta|MU MUS Mauritius|MV MDV Maldives|MW MWI Malawi|MX MEX Mexico
MY MYS Malaysia|MZ MOZ Mozambique|NA NAM Namibia|NC NCL New Caledonia|NE NER Niger|NF NFK Norfolk Island
NG NGA Nigeria|NI NIC Nicaragua|NL NLD Netherlands|NO NOR Norway|NP NPL Nepal|NR NRU Nauru|NU NIU Niue
NZ NZL New Zealand|OM OMN Oman|PA PAN Panama|PE PER Peru|PF PYF French Polynesia|PG PNG Papua New Guinea
PH PHL Philippines|PK PAK Pakistan|PL POL Poland|PM SPM Saint Pierre and Miquelon|PN PCN Pitcairn|PR PRI Puerto Rico
PS PSE Palestine|PT PRT Portugal|PW PLW Palau|PY PRY Paraguay|QA QAT Qatar|RE REU Réunion|RO ROU Romania|RS SRB Serbia
RU RUS Russia|RW RWA Rwanda|SA SAU Saudi Arabia|SB SLB Solomon Islands|SC SYC Seychelles|SD SDN Sudan|SE SWE Sweden
SG SGP Singapore|SH SHN Saint Helena|SI SVN Slovenia|SJ SJM Svalbard and Jan Mayen|SK SVK Slovakia|SL SLE Sierra Leone
SM SMR San Marino|SN SEN Senegal|SO SOM Somalia|SR SUR Suriname|SS SSD South Sudan|ST STP São Tomé and Príncipe
SV SLV El Salvador|SX SXM Sint Maarten|SY SYR Syria|SZ SWZ Eswatini|TC TCA Turks and Caicos Islands|TD TCD Chad
TF ATF French Southern Territories|TG TGO Togo|TH THA Thailand|TJ TJK Tajikistan|TK TKL Tokelau|TL TLS Timor-Leste
TM TKM Turkmenistan|TN TUN Tunisia|TO TON Tonga|TR TUR Turkey|TT TTO Trinidad and Tobago|TV TUV Tuvalu|TW TWN Taiwan
TZ TZA Tanzania|UA UKR Ukraine|UG UGA Uganda|UM UMI U.S. Outlying Islands|US USA United States|UY URY Uruguay
UZ UZB Uzbekistan|VA VAT Vatican City|VC VCT Saint Vincent and the Grenadines|VE VEN Venezuela
VG VGB British Virgin Islands|VI VIR U.S. Virgin Islands|VN VNM Vietnam|VU VUT Vanuatu|WF WLF Wallis and Futuna
WS WSM Samoa|XK XKX Kosovo|YE YEM Yemen|YT MYT Mayotte|ZA ZAF South Africa|ZM ZMB Zambia|ZW ZWE Zimbabwe
"""
# Official and former names, names in the languages of the country and its neighbours, and misspellings seen in files.
_ALIASES = """
US: usa, u s a, united states of america, america, the united states, etats unis, vereinigte staaten, estados unidos,
 stati uniti, verenigde staten, untied states, united sates, united state, eeuu, 美国, アメリカ
GB: uk, u k, great britain, britain, england, scotland, wales, northern ireland, gb eng, grossbritannien,
 vereinigtes konigreich, royaume uni, reino unido, regno unito, verenigd koninkrijk, united kingdom of great britain and
 northern ireland, inglaterra, angleterre, イギリス, 英国
DE: deutschland, allemagne, alemania, germania, alemanha, duitsland, niemcy, tyskland, federal republic of germany, brd,
 ドイツ, 德国, जर्मनी
FR: frankreich, francia, franca, frankrijk, フランス, 法国
ES: espana, spanien, espagne, spagna, espanha, spanje
IT: italia, italien, italie
PT: portugal
NL: holland, the netherlands, nederland, niederlande, pays bas, paises bajos, paesi bassi
BE: belgie, belgique, belgien, belgica
CH: schweiz, suisse, svizzera, suiza, suica, zwitserland, swiss
AT: osterreich, oesterreich, autriche, austria, oostenrijk
SE: sverige, schweden, suede, suecia
NO: norge, norwegen, norvege, noruega, noreg
DK: danmark, danemark, danemark, dinamarca
FI: suomi, finnland, finlande, finlandia
IS: island, islande
IE: eire, irland, irlande, irlanda, republic of ireland
PL: polska, polen, pologne, polonia
CZ: czech republic, cesko, ceska republika, tschechien, tschechische republik, republique tcheque, czechoslovakia
SK: slovensko, slowakei, slovak republic
HU: magyarorszag, ungarn, hongrie, hungria
RO: rumania, romania, rumanien, roumanie
BG: balgariya, bulgarien, България
GR: hellas, ellada, griechenland, grece, grecia, Ελλάδα
HR: hrvatska, kroatien
RS: srbija, serbien
SI: slovenija, slowenien
RU: russian federation, rossiya, russland, russie, rusia, Россия
UA: ukraina, Україна, the ukraine
BY: belorussia, weissrussland, Беларусь
TR: turkiye, turkei, turquie, turquia, republic of turkiye
IN: bharat, indien, inde, india, republic of india, hindustan, भारत, inidia, インド, 印度
CN: peoples republic of china, pr china, prc, mainland china, zhongguo, 中国, 中國, chine
HK: hong kong sar, hongkong, 香港, hong kong sar china
MO: macau, macau sar, 澳门
TW: taiwan roc, republic of china, chinese taipei, taiwan province of china, 台灣, 台湾
JP: nippon, nihon, 日本, japon, giappone, japao
KR: korea, korea south, republic of korea, korea republic of, s korea, 대한민국, 한국, 韓国, sudkorea, coree du sud
KP: korea north, democratic peoples republic of korea, dprk
VN: viet nam, vietnam socialist republic
PH: philipines, phillipines, phillippines, philippine, the philippines, filipinas, pilipinas
MY: malasia
ID: indonesien
TH: thailande, ประเทศไทย
MM: burma
LA: lao, lao pdr, lao peoples democratic republic
AE: uae, u a e, emirates, united arab emirate, dubai, abu dhabi, الإمارات
SA: ksa, kingdom of saudi arabia, saudi, saudia arabia, السعودية
QA: qatar state
IR: islamic republic of iran, iran islamic republic of, persia
SY: syrian arab republic
PS: palestinian territory, palestinian territories, state of palestine
IL: israel state
EG: misr, egypte, مصر, agypten
ZA: rsa, republic of south africa, sudafrika, afrique du sud, sudafrica
CI: ivory coast, cote divoire, cote d ivoire
CD: dr congo, drc, congo kinshasa, congo the democratic republic of the, zaire
CG: congo, congo brazzaville, congo republic
TZ: united republic of tanzania, tanzania united republic of
CV: cabo verde
SZ: swaziland
NG: nigeria federal republic
BR: brasil, brasilien, bresil, brasile
MX: mexiko, mejico, mexique, messico, estados unidos mexicanos
AR: argentinien, argentine
CA: kanada
AU: australien, australie, aus, oz
NZ: neuseeland, aotearoa, nz
VE: bolivarian republic of venezuela, venezuela bolivarian republic of
BO: plurinational state of bolivia, bolivia plurinational state of
MD: republic of moldova, moldova republic of, moldavia
MK: macedonia, fyrom, republic of north macedonia
BA: bosnia, bosnia herzegovina
BN: brunei darussalam
VA: holy see, vatican, holy see vatican city state
TL: east timor
FM: federated states of micronesia
FK: falkland islands malvinas, malvinas
AG: antigua
TT: trinidad
KN: st kitts and nevis
LC: st lucia
VC: st vincent and the grenadines, st vincent
SH: st helena
LU: luxemburg
LT: lietuva, litauen
LV: latvija, lettland
EE: eesti, estland
GE: sakartvelo, georgien
KZ: kazakstan
KG: kyrgyz republic
BS: the bahamas
GM: the gambia
SG: singapur, singapour, 新加坡
LK: ceylon, srilanka
BD: bangla desh
PK: pakistan islamic republic
NP: nepal federal republic
GB: uk gb
"""


@dataclass(frozen=True, slots=True)
class Country:
    """A country by its ISO 3166 alpha-2 code and its English name."""

    code: str
    name: str


BY_CODE: dict[str, Country] = {}
_BY_KEY: dict[str, Country] = {}
_ALPHA_3: dict[str, Country] = {}
for _entry in _COUNTRIES.replace("\n", "|").split("|"):
    if _entry:
        _two, _three, _name = _entry.split(" ", 2)
        BY_CODE[_two] = _ALPHA_3[_three] = _BY_KEY[plain_key(_name)] = Country(_two, _name)
for _line in _ALIASES.replace("\n ", " ").strip().splitlines():
    _two, _, _names = _line.partition(":")
    for _name in _names.split(","):
        _BY_KEY.setdefault(plain_key(_name), BY_CODE[_two])


def find_country(text: str) -> Country | None:
    """Return the country that a cleaned cell names, None for anything that is not surely one.

    Codes may be written small: ``in`` is India. So the cell must hold nothing else.
    """
    code = text.upper()
    if len(code) == 2 and code in BY_CODE:
        return BY_CODE[code]
    if len(code) == 3 and code in _ALPHA_3:
        return _ALPHA_3[code]
    key = plain_key(text)
    if found := _BY_KEY.get(key) or _BY_KEY.get(key.removeprefix("the")):
        return found
    # "Germany (DE)" and "DE - Germany".
    for part in text.replace("(", "-").replace(")", "").split("-"):
        if len(part.strip()) > 3 and (found := _BY_KEY.get(plain_key(part))):
            return found
    return None
