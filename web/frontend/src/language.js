// What scripts say, in the reader's language: the server brings the words of any but English.
const messages = globalThis.kapellmeisterMessages ?? {};

export const language = document.documentElement.lang || "en";

const plurals = new Intl.PluralRules(language);

// How numbers and times are written.
export const locale = language === "en" ? "en-GB" : language;

const numbers = new Intl.NumberFormat(locale);

export const number = (value) => numbers.format(value);

// `%(name)s` is filled by the value of that name, a number as the language writes it.
function filled(message, values) {
  return message.replace(/%\((\w+)\)s|%%/g, (found, name) => {
    if (found === "%%") return "%";
    const value = values[name];
    return typeof value === "number" ? number(value) : String(value);
  });
}

export function _(message, values = {}) {
  return filled(messages[message] ?? message, values);
}

// The form that fits a number, which is `%(num)s` in the message.
export function ngettext(one, many, num, values = {}) {
  const forms = messages[one] ?? [one, many];
  return filled(forms[plurals.select(num) === "one" ? 0 : 1], { num, ...values });
}
