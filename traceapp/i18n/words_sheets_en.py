"""What is wrong with a table and its cells, in English: what stands there, and what to write instead."""

from __future__ import annotations

PROBLEMS: dict[str, str] = {
    "formula": "this cell is a formula. Copy the column, paste it as values, and send the file again",
    "became-date": "the spreadsheet turned this cell into a date. Format it as Text and type it again",
    "excel-error": "this cell shows the error {text}. Type the value itself",
    "long": "has {length} characters, {most} at most. Say it shorter",
    "unprintable": "holds a character that cannot be printed. Delete it and type it again",
    "number": "“{text}” is no number. Write digits alone, as 14, 1250.5 or 1250,5",
    "number-two-ways": "“{text}” can be read in two ways. Write {plain}, or {fraction} if it has a fraction",
    "number-large": "“{text}” is larger than can be. Look at the number and its unit",
    "not-above-zero": "“{text}” has to be above 0",
    "whole": "“{text}” has to be a whole number, from 0 on",
    "broken": "“{text}”: what is counted is a whole number; give what is not whole as kg or litres",
    "day": "“{text}” is no day. Write it as 05/11/2026",
    "day-short": "“{text}” lacks digits of its year. Write all four, as 05/11/2026",
    "day-number": "“{text}” is a number, not a day. Format the cell as a date, or write 05/11/2026",
    "no-such-day": "there is no {text}",
    "choice": "“{text}” is not in the list. Choose one of: {choices}",
    "province": "“{text}” is no province’s name or code. Write its name since 1 July 2025, as Thái Nguyên",
    "shortened": (
        "the spreadsheet shortened the code to “{text}” and lost its digits. Format the column as Text and "
        "type it again"
    ),
    "product-code-wrong": "“{text}” is no right GTIN or trace code. Compare each digit",
    "gln-wrong": "“{text}” is no right GLN: 13 digits, the last a check digit",
    "ggn-wrong": "“{text}” is no GGN: exactly 13 digits",
    "tax-code-wrong": "“{text}” is no tax code: 10, 12 or 13 digits with the right check digit",
    "lot-wrong": "“{text}” cannot be a lot number: unaccented letters, digits and - . / _, no spaces",
    "phone": "“{text}” is no telephone number. Write it as 0900 000 011",
    "degrees": "“{text}” lies outside −{most} to {most} degrees",
    "goods": "“{text}” is not clear. Write name, number, unit, as “chè tươi 184 kg”; between several a semicolon",
    "dose": "“{text}” is not clear. Write one number and its unit, as 0,25 l/ha",
    "needed": "is empty. This column is needed",
    "needed-by-stage": "is empty. This stage needs it",
    "needed-by-value": "is empty, though there is a value. Say what was measured",
    "other-half": "is empty. A position needs both latitude and longitude",
    "ends-before-start": "lies before the first day. Look at both",
    "ends-before-issue": "does not lie after the day of issue. Look at both",
    "scheme-unknown": "this scheme is not known",
    "stars-without-ocop": "only OCOP has stars",
    "stars-odd": "OCOP has 3, 4 or 5 stars",
    "score-odd": "scores run from 0 to 100",
    "score-of-other-stars": "the score does not fit the stars: 5 from 90, 4 from 70, 3 from 50",
    "potential-odd": "potential five stars means 4 stars and 90 points or more",
    "kind-odd": "this kind is not known",
    "column-missing": "this column is missing. Take the template and keep its row of titles",
    "column-twice": "this column stands there twice. Take one away",
    "merged": "the cells {range} are merged. Unmerge them and fill in every row",
    "too-many-rows": "more than {most} rows. Make several files of them",
    "no-rows": "there are titles but no rows yet",
    "empty": "the table is empty",
    "other-values": "has the code of row {as_row} but says something else. Keep the right one",
    "other-values-recorded": (
        "is recorded already and says something else. Importing changes nothing recorded: leave the row out "
        "or change the code"
    ),
    "taken": "somebody else registered this code. Compare it",
    "household-named": "names a household. A household’s name must remain erasable, so it cannot stand here",
    "no-such-household": "there is no household with the code “{text}”. Import the households first",
    "no-such-lot": "this producer has no lot “{text}”. Make the lot first",
    "no-such-place": "there is no place “{text}”. Write its GLN, plot code or name as registered",
    "which-place": "several places are called “{text}”. Write its GLN or plot code",
    "no-such-issuer": "there is no issuer “{text}”. Choose one of: {choices}",
    "no-such-thing": (
        "there is no product, plot or producer “{text}”. Write a product code, plot code, GLN, or “cơ sở”"
    ),
    "own-issuer": "nobody certifies itself. Say whom it was given to",
    "in-future": "lies after today. Record it when it has happened",
    "not-said": "cannot be recorded: {text}",
}

FILES: dict[str, str] = {
    "empty-file": "The file is empty.",
    "heavy": "The file has more than {most} MB. Make several of it.",
    "program": "This is a program, not a table. Choose an .xlsx or .csv file.",
    "pdf": "This is a PDF. Open the table itself and save it as .xlsx or .csv.",
    "old-excel": (
        "This is an old Excel file (.xls), or one with a password. Save it as an Excel Workbook (.xlsx) "
        "without a password."
    ),
    "picture": "This is a picture. Type the figures into the template.",
    "archive": "This is an archive. Unpack it and choose the .xlsx or .csv inside.",
    "document": "This is a document. Copy its table into the template.",
    "open-document": "This is a LibreOffice file (.ods). Save it as Excel (.xlsx).",
    "macros": "The file holds macros. Save it as an Excel Workbook (.xlsx) without them.",
    "locked": "The file has a password. Take it away and save the file again.",
    "bomb": "The file unpacks to more than {most} MB. Copy the filled rows into the template.",
    "damaged": "The file is damaged and cannot be read to its end. Open it and save it again.",
    "no-sheet": "The file has no sheet.",
    "binary": "This is no table. Choose an .xlsx or .csv file.",
    "encoding": "The file’s letters cannot be read. Save it as CSV UTF-8 or .xlsx.",
    "letters-lost": (
        "Row {row}: letters with marks were lost and became question marks (“{said}”). Open the table itself and save "
        "it as Excel (.xlsx) or CSV UTF-8."
    ),
    "csv-broken": "The CSV breaks at row {row}. Save it as .xlsx.",
}

HOW: dict[str, str] = {
    "text": "text",
    "texts": "text, several with ; between",
    "day": "a day, as 05/11/2026",
    "days": "days, several with ; between",
    "amount": "a number above 0, as 1250,5",
    "number": "a number, as 7,5",
    "whole": "a whole number",
    "choice": "one of: {choices}",
    "province": "the province’s name or code",
    "product-code": "GTIN of 8 to 14 digits, or trace code T…",
    "gln": "GLN of 13 digits",
    "ggn": "GGN of 13 digits",
    "tax-code": "10, 12 or 13 digits",
    "lot": "a lot number, no accents, no spaces",
    "phone": "a telephone number",
    "degrees": "decimal degrees, as 19.2661",
    "dose": "a number and its unit, as 0,25 l/ha",
    "goods": "name, number, unit, as “chè tươi 184 kg”; several with ; between",
}

NOTES: dict[str, str] = {
    "first-day-without": "Expires is the first day on which it no longer holds: valid until 30/11 is written 01/12.",
}

KINDS: dict[str, str] = {
    "households": "Households",
    "plots": "Plots and places",
    "products": "Products",
    "certificates": "Certificates",
    "diary": "Diary",
    "register": "Register of certificates",
}
