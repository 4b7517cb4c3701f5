/** Text in some of the made-up photos, by the photo's place in the library. */
export const photoTexts: Record<number, string> = {
  6: `Café am Markt
Lange Straße 12, Lüneburg

Receipt 0417    14.06.2025  15:22

2 cappuccino            7.20
1 plum cake             4.10
1 apple juice           3.00

Total  EUR             14.30
of which VAT 19 %       2.28

Paid by card. Thank you, come again!`,
  41: `Boarding pass
Ada Brandt
Hamburg HAM to Gdańsk GDN
Flight LX 2214   Seat 14A   Gate C07
Boarding closes at 06:40`,
  88: `Dr Hahn, veterinary practice

Dear Ms Brandt,

Tilda's vaccination against rabies is due again in
March. Please call us for an appointment; bring the
vaccination record and come a quarter of an hour early,
so that she can be weighed. The limp is better: two more
weeks on the lead, no swimming, and the tablets every
morning with her food. If she does not eat, leave the
tablets out for a day and call us. The receipt for the
X-ray is enclosed, as your insurance asked for it.

Kind regards
Dr Hahn`,
};
