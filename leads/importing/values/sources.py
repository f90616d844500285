"""Where leads come from: the words of other systems and of people, into our sources."""

from __future__ import annotations

from leads.choices import LeadSource
from leads.importing.keys import phrase_set, plain_key

SOURCES: tuple[str, ...] = tuple(LeadSource.values)
_WORDS: dict[str, str] = {
    "website": """website, web, web site, webform, web form, web to lead, form, contact form, landing page, landing page
        submission, inbound, organic, organic search, seo, google, google ads, google adwords, adwords, bing, yahoo,
        search,
        search engine, paid search, ppc, sem, online, online search, internet, chat, live chat, livechat, olark chat,
        chatbot, blog, content, newsletter signup, webseite, site web, sitio web, website form, online form, homepage,
        download, whitepaper, ebook, demo request, contact us, signup, sign up, paid ads, display ads, banner, webinar
        form, email campaign response, offline form""",
    "referral": """referral, referrals, reference, referred, referral sites, employee referral, external referral,
        customer
        referral, word of mouth, word-of-mouth, recommendation, recommended, existing customer, partner,
        partner referral,
        empfehlung, recommandation, recomendacion, raccomandazione, indicacao, customer, client referral, affiliate,
        through recommendations, friend, colleague, 紹介""",
    "social": """social, social media, facebook, facebook ads, fb, instagram, ig, twitter, x, tiktok, youtube,
        youtubechannel,
        pinterest, whatsapp, telegram, wechat, reddit, snapchat, quora, paid social, organic social, meta, meta ads,
        facebook lead ads, soziale medien, reseaux sociaux, redes sociales""",
    "event": """event, events, trade show, tradeshow, conference, exhibition, expo, fair, webinar, seminar, workshop,
        meetup,
        seminar internal, seminar partner, messe, salon, feria, fiera, road show, roadshow, booth, live event,
        summit""",
    "direct": """direct, direct traffic, cold call, cold calling, coldcall, call, phone, phone call, phone inquiry,
        inbound
        call, walk in, walkin, walk-in, email, e mail, cold email, direct mail, mail, outbound, self generated, visit,
        telemarketing, kaltakquise, direct sales, sales, field, in person""",
    "other": "other, others, misc, miscellaneous, sonstige, sonstiges, andere, autre, otro, altro, outro",
    "apollo": "apollo, apollo io",
    "hunter": "hunter, hunter io",
    "google_places": "google_places, google maps, google places, google my business, google business profile, gmb",
    "people_data_labs": "people_data_labs, people data labs, pdl, peopledl",
    "linkedin": """linkedin, linked in, linkedin ads, linkedin sales navigator, sales navigator,
        linkedin lead gen forms,
        linkedin outreach""",
    "web_scraping": "web_scraping, scraping, scraper, web scraper, scraped, crawler, webscraping",
    "openstreetmap": "openstreetmap, osm, open street map",
    "manual": "manual, manually, manual entry, hand entered, lead add form, quick add form, crm ui, offline",
    "csv_import": """csv_import, csv, import, imported, csv upload, excel, list import, lead import, spreadsheet,
        list upload""",
    "api": "api, integration, zapier, make, n8n, webhook",
    "assessment": "assessment, ai assessment, quiz, readiness assessment",
    "calculator": "calculator, roi calculator, estimator",
}
_SOURCE_OF = {plain_key(word): source for source, text in _WORDS.items() for word in (source, *phrase_set(text))}
_OWN = {plain_key(source): source for source in SOURCES}


def read_source(text: str) -> tuple[str, bool]:
    """Return our source for a word, and whether the word said more than our source does and should be kept."""
    key = plain_key(text)
    if key in _OWN:
        return _OWN[key], False
    return _SOURCE_OF.get(key, "other"), True
