// Days as date fields take them, in Paris.

const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' });

/** Today and so many days. */
export const dayFrom = (days) => day.format(new Date(Date.now() + days * 86_400_000));
