// From codes to sentences, with the words that the service gave: none are written here.

export function speaker(words) {
  const { lang, phrases, findings, reasons } = words;
  const [thousands, point] = lang === 'vi' ? ['.', ','] : [',', '.'];
  // `{count:label|labels}` adds the word that goes with the number.
  const counted = (value, one, many) => (one === undefined ? value : `${value} ${String(value) === '1' ? one : many}`);
  const fill = (text, values = {}) => text.replace(
    /\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g,
    (whole, name, one, many) => counted(values[name] ?? '', one, many),
  );
  const phrase = (name, values) => fill(phrases[name], values);
  const number = (value) => {
    const [whole, part] = String(value).split('.');
    return whole.replace(/\B(?=(?:\d{3})+$)/g, thousands) + (part ? point + part : '');
  };
  return {
    words, phrase, number,
    reason: (problem, values) => fill(reasons[problem] ?? reasons.malformed, values),
    // {strong, rest} of a finding.
    finding(code, values) {
      const [strong, rest] = findings[code] ?? [code, ''];
      return { strong: fill(strong, values), rest: fill(rest, values) };
    },
    // A civil date as it stands on packs.
    date: (written) => (written ? written.slice(0, 10).split('-').reverse().join('/') : ''),
    // Vietnam has kept one offset since 1975; a phone takes ten milliseconds to make a formatter for it.
    instant(time) {
      const [day, clock] = new Date(time + 7 * 3600 * 1000).toISOString().split('T');
      return `${clock.slice(0, 5)} ${day.split('-').reverse().join('/')}`;
    },
    age(time, now) {
      const minutes = Math.max(0, Math.round((now - time) / 60000));
      if (minutes < 2) return phrase('just-now');
      if (minutes < 120) return phrase('minutes-ago', { count: number(minutes) });
      if (minutes < 48 * 60) return phrase('hours-ago', { count: number(Math.round(minutes / 60)) });
      return phrase('days-ago', { count: number(Math.round(minutes / 1440)) });
    },
  };
}
