"""What columns mean: the exports of other systems, the evidence of cells, what is remembered."""

import pytest

from leads.choices import CustomFieldType
from leads.importing.columns import Action, custom_key, header_fingerprint, suggest
from leads.importing.fields import TARGETS
from leads.importing.mapping import ColumnPlan, can_identify, check_mapping
from leads.importing.problems import FileProblem
from leads.importing.values import DateOrder, DecimalMark
from leads.importing.vocabulary import PREFERENCE, TARGET_OF


def targets(headers: str, rows: list[str] | None = None, **options) -> dict[str, str]:
    """Suggest for a header line and lines of cells, both with semicolons; answer target by header."""
    names = headers.split(";")
    found = suggest(names, [row.split(";") for row in rows or []], **options)
    assert list(found) == list(range(len(names)))
    return {name: found[number].target for number, name in enumerate(names)}


def test_every_target_is_known_by_its_own_name():
    assert set(PREFERENCE) == set(TARGETS)
    for name in TARGETS:
        assert TARGET_OF[name.replace("_", "")] == name
    assert targets(";".join(name for name in TARGETS if name not in {"full_name", "address", "close_date"})) == {
        name: name for name in TARGETS if name not in {"full_name", "address", "close_date"}
    }


SYSTEMS = {
    "generated leads": """companyName=company website=website email=email phone=phone contactName=full_name
        jobTitle=job_title
        country=country city=city address=address industry=industry businessType=business_type
        companySize=company_size source=source qualityScore=quality_score
        verificationStatus=verification_status followUpStage=follow_up_stage
        lastContactedAt=last_contacted_at lastRespondedAt=last_responded_at emailsSent=emails_sent
        emailsOpened=emails_opened emailsClicked=emails_clicked
        hasGoogleMapsListing=has_google_maps_listing googleRating=google_rating
        googleReviewCount=google_review_count hasBookingKeywords=has_booking_keywords
        bookingKeywordScore=booking_keyword_score currentBookingTool=current_booking_tool
        hasAppointmentForm=has_appointment_form hasOnlineBooking=has_online_booking
        hasMultiLocation=has_multi_location servicesCount=services_count
        bookingPotential=booking_potential digitalMaturityScore=digital_maturity_score
        isDecisionMaker=is_decision_maker hasWeekendHours=has_weekend_hours
        responseTime=response_time priceLevel=price_level notes=notes tags=tags
        customFields=custom_fields linkedinUrl=linkedin_url
        linkedinSalesNavData=linkedin_sales_nav_data createdAt=created_at""",
    "consultancy": """email=email firstName=first_name lastName=last_name company=company phone=phone tier=service_tier
        message=message source=source status=status industry=industry companySize=company_size
        budget=budget timeframe=timeframe utmSource=utm_source utmMedium=utm_medium
        utmCampaign=utm_campaign ipAddress=ip_address userAgent=user_agent createdAt=created_at""",
    "sales": """id=external_id assigned_to=owner team_id=team first_name=first_name last_name=last_name email=email
        phone=phone company=company job_title=job_title address=address status=status stage=stage
        source=source campaign=campaign predicted_value=predicted_value
        engagement_level=engagement_level communication_preference=communication_preference
        optimal_contact_time=optimal_contact_time custom_fields=custom_fields tags=tags
        created_at=created_at last_contacted_at=last_contacted_at
        next_follow_up_at=next_follow_up_at""",
    "hubspot": """Record_ID=external_id First_Name=first_name Last_Name=last_name Email=email Phone_Number=phone
        Company_name=company Job_Title=job_title Website_URL=website Street_Address=street City=city
        State/Region=state Country/Region=country Postal_Code=postal_code Industry=industry
        Number_of_Employees=company_size Lead_Status=status Contact_owner=owner
        Create_Date=created_at Last_Contacted=last_contacted_at Next_Activity_Date=next_follow_up_at
        Original_Source=source Unsubscribed_from_all_email=do_not_contact""",
    "hubspot deals": """Record_ID=external_id Deal_Stage=stage Amount=deal_value Close_Date=close_date Deal_owner=owner
        Create_Date=created_at Associated_Company=company Closed_Lost_Reason=lost_reason""",
    "salesforce": """Id=external_id FirstName=first_name LastName=last_name Title=job_title Company=company
        Street=street
        City=city State=state PostalCode=postal_code Country=country Phone=phone Email=email
        Website=website Description=notes LeadSource=source Status=status Industry=industry
        NumberOfEmployees=company_size IsConverted=is_converted CreatedDate=created_at
        HasOptedOutOfEmail=do_not_contact""",
    "salesforce report": """Lead_Owner=owner Company_/_Account=company State/Province=state Zip/Postal_Code=postal_code
        Lead_Source=source Lead_Status=status Create_Date=created_at""",
    "pipedrive": """Person_-_Name=full_name Person_-_Email_-_Work=email Person_-_Phone_-_Work=phone
        Organization_-_Name=company Deal_-_Value=deal_value Deal_-_Currency_of_Value=currency
        Deal_-_Stage=stage Deal_-_Status=status Deal_-_Owner=owner
        Deal_-_Expected_close_date=expected_close_on Deal_-_Won_time=closed_on
        Deal_-_Lost_reason=lost_reason Deal_-_ID=external_id Organization_-_Address=address""",
    "zoho": """Record_Id=external_id Lead_Owner=owner First_Name=first_name Last_Name=last_name Company=company
        Title=job_title Email=email Phone=phone Lead_Source=source Lead_Status=status
        No._of_Employees=company_size Email_Opt_Out=do_not_contact Zip_Code=postal_code Tag=tags
        Created_Time=created_at""",
    "odoo": """External_ID=external_id Contact_Name=full_name Company_Name=company Salesperson=owner
        Sales_Team=team Stage=stage Expected_Revenue=predicted_value Job_Position=job_title
        Medium=utm_medium Campaign=campaign Lost_Reason=lost_reason
        Expected_Closing=expected_close_on Created_on=created_at""",
    "odoo fields": """id=external_id contact_name=full_name partner_name=company email_from=email user_id=owner
        team_id=team stage_id=stage expected_revenue=predicted_value tag_ids=tags country_id=country
        function=job_title date_deadline=expected_close_on create_date=created_at description=notes""",
    "espocrm": """firstName=first_name lastName=last_name accountName=company emailAddress=email phoneNumber=phone
        opportunityAmount=predicted_value opportunityAmountCurrency=currency addressStreet=street
        addressCity=city addressState=state addressCountry=country addressPostalCode=postal_code
        doNotCall=do_not_contact assignedUserName=owner teamsNames=team campaignName=campaign""",
    "suitecrm": """first_name=first_name last_name=last_name account_name=company email1=email phone_work=phone
        primary_address_street=street primary_address_city=city primary_address_state=state
        primary_address_postalcode=postal_code primary_address_country=country lead_source=source
        assigned_user_name=owner date_entered=created_at""",
    "twenty": """Id=external_id Name_/_First_Name=first_name Name_/_Last_Name=last_name Emails_/_Primary_Email=email
        Phones_/_Primary_Phone_Number=phone Company=company Job_Title=job_title
        Linkedin_/_Link_URL=linkedin_url""",
    "frappe": """ID=external_id First_Name=first_name Last_Name=last_name Organization=company Email=email
        Phone=phone Lead_Owner=owner Territory=country No._of_Employees=company_size Source=source""",
    "linkedin": """First_Name=first_name Last_Name=last_name Email_Address=email Company=company Position=job_title""",
    "sales navigator": """Full_name=full_name Profile_url=linkedin_url Title=job_title Company=company
        Company_URL=website""",
    "apollo": """First_Name=first_name Title=job_title Email=email Email_Status=verification_status
        Contact_Owner=owner Mobile_Phone=phone Stage=stage Last_Contacted=last_contacted_at
        #_Employees=company_size Person_Linkedin_Url=linkedin_url Website=website
        Apollo_Contact_Id=external_id""",
    "hunter": """Email_address=email Domain_name=website Organization=company Confidence_score=quality_score
        First_name=first_name Position=job_title LinkedIn_URL=linkedin_url Phone_number=phone
        Company_type=business_type""",
    "google": """Given_Name=first_name Family_Name=last_name E-mail_1_-_Value=email Phone_1_-_Value=phone
        Organization_1_-_Name=company Organization_1_-_Title=job_title Address_1_-_City=city
        Address_1_-_Region=state Address_1_-_Postal_Code=postal_code Labels=tags""",
    "german": """Vorname=first_name Nachname=last_name Firma=company E-Mail-Adresse=email Telefon=phone
        PLZ=postal_code Ort=city Straße=street Mitarbeiter=company_size Branche=industry
        Quelle=source Land=country""",
    "french": """Prénom=first_name Société=company Courriel=email Téléphone=phone Ville=city Pays=country""",
    "spanish": """Apellidos=last_name Empresa=company Correo_electrónico=email Teléfono=phone Ciudad=city
        País=country""",
    "japanese": """氏名=full_name 会社名=company メール=email 電話番号=phone 住所=address""",
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_columns_of_other_systems_are_recognised(system):
    expected = dict(pair.replace("_", " ").split("=") for pair in SYSTEMS[system].split())
    expected = {header: target.replace(" ", "_") for header, target in expected.items()}
    found = targets(";".join(expected))
    assert found == expected


def test_underscores_are_as_good_as_spaces_and_camels():
    for header in ("company_name", "Company Name", "companyName", "COMPANY-NAME", "Company Name*", " company  name "):
        assert targets(header) == {header: "company"}


def test_one_target_is_given_once_and_the_better_name_wins():
    found = targets("Mobile Phone Number;Phone Number;Work Email;Email")
    assert found["Phone Number"] == "phone"
    assert found["Email"] == "email"
    assert found["Mobile Phone Number"].startswith("custom:")
    assert found["Work Email"].startswith("custom:")


def test_a_filled_column_wins_over_an_empty_one_of_the_same_meaning():
    found = targets("Email;E-mail 1 - Value", [";a@b.com", ";c@d.com"])
    assert found == {"Email": "", "E-mail 1 - Value": "email"}


def test_a_known_header_counts_even_when_the_first_rows_are_empty():
    assert targets("Company;Email Address", ["Acme;", "Beta;"])["Email Address"] == "email"


def test_an_unknown_column_that_is_empty_so_far_is_left_out_with_the_reason():
    found = suggest(["Company", "Fax 2"], [["Acme", ""], ["Beta", ""]])
    assert (found[1].action, found[1].target) == (Action.IGNORE, "")
    assert "hold nothing" in found[1].why


def test_internal_marks_of_other_systems_are_left_out():
    found = targets("Company;OwnerId;SystemModstamp;Last Modified Date", ["Acme;005xx;2024-01-01;2024-01-01"])
    assert (found["OwnerId"], found["SystemModstamp"], found["Last Modified Date"]) == ("", "", "")


def test_cells_speak_for_a_header_that_says_nothing():
    found = targets(
        "A;B;C;D;E",
        [
            "ada@example.com;+91 98123 45678;https://www.linkedin.com/in/ada;https://example.com;India",
            "alan@example.com;+91 98123 45679;https://www.linkedin.com/in/alan;https://example.org;Germany",
            "grace@example.com;+91 98123 45670;https://www.linkedin.com/in/grace;https://example.net;France",
        ],
    )
    assert found == {"A": "email", "B": "phone", "C": "linkedin_url", "D": "website", "E": "country"}


def test_cells_contradict_a_header():
    found = targets(
        "Name;Title;URL;Lead Quality;Rating",
        [f"Acme {n} Ltd;Mr;https://linkedin.com/in/x{n};Might be;Hot" for n in range(5)],
    )
    assert found["Name"] == "company"
    assert found["Title"] == "custom:title"
    assert found["URL"] == "linkedin_url"
    assert found["Lead Quality"] == "custom:lead_quality"
    assert found["Rating"] == "custom:rating"


def test_an_identifier_that_repeats_is_none():
    found = targets("Lead Number;Record ID", [f"{n};{n % 3}" for n in range(20)])
    assert found == {"Lead Number": "external_id", "Record ID": "custom:record_id"}


def test_names_of_deals_are_no_names_of_people():
    found = targets("Deal Name;Deal - Title;Opportunity Name", ["Big one;Big one;Big one"])
    assert set(found.values()) == {"custom:deal_name", "custom:deal_title", "custom:opportunity_name"}


def test_stage_words_are_a_status_unless_they_are_our_stages():
    rows = ["Won", "Lost", "Engaging", "Prospecting"]
    assert targets("deal_stage", rows) == {"deal_stage": "status"}
    assert targets("deal_stage", rows, stage_names=["won", "Lost", "engaging"]) == {"deal_stage": "stage"}
    assert targets("Status", rows, stage_names=["won", "Lost", "engaging"]) == {"Status": "stage"}
    assert targets("Stage", ["First call", "Second call"]) == {"Stage": "stage"}


def test_a_stage_beside_a_status_stays_a_stage():
    assert targets("Deal - Stage;Deal - Status", ["Qualified;Open", "Won;Won"]) == {
        "Deal - Stage": "stage",
        "Deal - Status": "status",
    }


def test_words_of_outreach_make_a_column_an_outreach_status():
    assert targets("status", ["new", "follow_up_1", "responded"]) == {"status": "outreach_status"}
    assert targets("status", ["new", "contacted"]) == {"status": "status"}


def test_first_and_last_name_make_a_full_name_superfluous():
    assert targets("Name;First Name;Last Name", ["Ada L;Ada;L"])["Name"] == "custom:name"


def test_custom_fields_get_a_type_from_their_cells():
    rows = [f"{n};{n}.5;yes;2024-01-0{n + 1};https://x.com/{n};00{n};word {n};2024" for n in range(4)]
    found = suggest([*"ABCDEFG", "Year"], [row.split(";") for row in rows])
    kinds = {number: found[number].plan.custom_type for number in (0, 1, 2, 3, 5, 6, 7)}
    assert kinds == {
        0: CustomFieldType.NUMBER,
        1: CustomFieldType.NUMBER,
        2: CustomFieldType.BOOLEAN,
        3: CustomFieldType.DATE,
        5: CustomFieldType.TEXT,
        6: CustomFieldType.TEXT,
        7: CustomFieldType.NUMBER,
    }


def test_a_custom_field_of_the_organisation_is_found_again():
    found = suggest(["Company", "Shoe size"], [["Acme", "42"]], custom_keys=["shoe_size", "hat_size"])
    assert (found[1].target, found[1].confidence) == ("custom:shoe_size", 0.95)


def test_keys_of_custom_fields_are_valid_and_unique():
    used = {"annual_revenue"}
    assert custom_key("Annual Revenue (USD)", set()) == "annual_revenue_usd"
    assert custom_key("Annual Revenue", used) == "annual_revenue_2"
    assert custom_key("2nd phone", set()) == "f_2nd_phone" or custom_key("2nd phone", set()) == "f_2_nd_phone"
    assert custom_key("会社", set()) == "field"
    assert custom_key("Größe", set()) == "grosse"
    assert len(custom_key("x" * 300, set())) <= 60


def test_formats_of_a_column_are_found_with_its_meaning():
    found = suggest(
        ["created", "amount", "country", "email"],
        [
            ["25/12/2024", "1.234,56", "DE", "a@b.com"],
            ["03/04/2024", "12,50", "NA", "c@d.com"],
            ["1/2/2024", "3,00", "FR", "e@f.com"],
        ],
    )
    assert found[0].plan.date_order is DateOrder.DAY_FIRST
    assert found[1].plan.decimal_mark is DecimalMark.COMMA
    assert found[2].plan.has_codes is True


def test_the_fingerprint_knows_a_set_of_headers_in_any_order_and_case():
    assert header_fingerprint(["First Name", "E-mail"]) == header_fingerprint(["e_mail", "firstName"])
    assert header_fingerprint(["First Name", "E-mail"]) != header_fingerprint(["First Name", "Phone"])
    assert header_fingerprint(["***"]) != header_fingerprint(["!!!"])
    assert len(header_fingerprint(["a"])) <= 64


def test_a_plan_survives_being_stored():
    plan = ColumnPlan(
        3, "H", "custom:x", CustomFieldType.DATE, DateOrder.MONTH_FIRST, DecimalMark.COMMA, has_codes=True
    )
    assert ColumnPlan.from_json(plan.as_json()) == plan


def test_mappings_that_cannot_work_are_refused():
    def refused(*plans: ColumnPlan) -> str:
        with pytest.raises(FileProblem) as caught:
            check_mapping(plans, width=3)
        return caught.value.message

    email = ColumnPlan(0, "Mail", "email")
    check_mapping([email], width=3)
    assert "no column 4" in refused(email, ColumnPlan(3, "X", "city"))
    assert "does not exist" in refused(email, ColumnPlan(1, "X", "shoe_size"))
    assert "Two columns" in refused(email, ColumnPlan(1, "X", "email"))
    assert "without one, no row" in refused(ColumnPlan(0, "City", "city"), ColumnPlan(1, "First", "first_name"))


def test_names_identify_only_together():
    assert not can_identify({"first_name", "city"})
    assert can_identify({"first_name", "last_name"})
    assert can_identify({"full_name"})
    assert can_identify({"external_id"})
