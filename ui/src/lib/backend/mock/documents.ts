import type { Kind } from '../types';

export interface MockDocument {
  title: string;
  name: string;
  kind: Kind;
  folder: string;
  date: string;
  size: number;
  pages?: number;
  /** Languages in which its scanned pages were read. */
  recognised?: string;
  /** One passage each. */
  passages: string[];
}

/** A believable life in files. */
export const documents: MockDocument[] = [
  {
    title: 'Summer at the lake house: notes for the album',
    name: 'album-notes.pdf',
    kind: 'pdf',
    folder: 'Documents / Family / 2025',
    date: '2025-08-17',
    size: 2_412_000,
    pages: 11,
    passages: [
      'Friday. We arrived late and the key was under the third flowerpot, as promised. The house smelled of pine and last year. The children ran straight down to the jetty and had to be called back twice before supper.',
      'Saturday. The water was warmer than in June and nobody wanted to go in for lunch. That was the afternoon when both dogs swam out to the raft and would not come back; Tilda shook lake water over everyone’s sandwiches. We stayed until the light went, and the neighbours brought their canoe.',
      'Sunday was for the woods. We found the path behind the boathouse again, and the cairn at the top where the children each added a stone. Things to look for in the pictures: the blue boat, the jetty before it was mended, and the dogs on the rocks by the water.',
    ],
  },
  {
    title: 'Packing list, Baltic coast',
    name: 'packing-list.md',
    kind: 'markdown',
    folder: 'Notes / Trips',
    date: '2025-07-03',
    size: 2_140,
    passages: [
      'For the beach: towels for the dogs, the long lead, floating toy (the red one), shade tent, sun cream, water bowl.',
      'For the ferry: passports, the booking 7C-2214, seasickness tablets, cards, a warm jumper for the deck.',
    ],
  },
  {
    title: 'Kennel booking and vaccination record',
    name: 'kennel-booking.docx',
    kind: 'docx',
    folder: 'Documents / Pets',
    date: '2025-07-30',
    size: 184_000,
    passages: [
      'Booked from 4 to 9 August. Both animals are used to swimming and may join the shore group in the afternoon. Feed twice a day, the small one on her own.',
      'Vaccination record: distemper and parvovirus on 11 March 2025, rabies on 11 March 2025, valid for three years. Microchip numbers are on the back.',
    ],
  },
  {
    title: 'Invoice 2024-118: repair of the roof',
    name: 'RE_2024-118.pdf',
    kind: 'pdf',
    folder: 'Documents / House / Invoices',
    date: '2024-10-22',
    size: 318_000,
    pages: 2,
    passages: [
      'Invoice 2024-118 of 22 October 2024. Repair of the roof after the storm: replacement of 46 tiles on the north side, new flashing around the chimney, removal of the damaged gutter. Work on 14 and 15 October, two roofers.',
      'Net 2,840.00. Tax 19 % 539.60. Total 3,379.60, payable within 14 days. The guarantee on the work is five years from the date of this invoice.',
    ],
  },
  {
    title: 'Heating: instructions for the boiler',
    name: 'boiler-manual.pdf',
    kind: 'pdf',
    folder: 'Documents / House / Manuals',
    date: '2021-02-09',
    size: 5_610_000,
    pages: 48,
    passages: [
      'The pressure of the heating system should be between 1.2 and 1.8 bar when it is cold. When it falls below 1.0 bar, refill water through the valve under the boiler until the needle is in the green part.',
      'The boiler shows F28 when it finds no gas. Check the tap at the meter first, press the reset button once, and wait a minute before you try again. After three failures call the service.',
      'The filter in the return pipe should be cleaned once a year, best before the heating season. Close both valves, hold a bowl under it, and unscrew the cap.',
    ],
  },
  {
    title: 'Passport and identity cards: when they expire',
    name: 'passports.txt',
    kind: 'text',
    folder: 'Documents / Important',
    date: '2025-01-12',
    size: 940,
    passages: [
      'Your passport expires on 3 May 2029. The identity card expires on 18 November 2026. The children’s passports are valid for six years only and expire on 30 June 2028.',
    ],
  },
  {
    title: 'Plum cake, the way Grandmother made it',
    name: 'plum-cake.md',
    kind: 'markdown',
    folder: 'Notes / Recipes',
    date: '2023-09-10',
    size: 3_300,
    passages: [
      'For the dough: 500 g flour, 42 g fresh yeast, 80 g sugar, 80 g butter, one egg, 200 ml warm milk, a pinch of salt. Knead it for ten minutes and let it rise under a cloth for an hour.',
      'Halve two kilos of plums, stand them in rows on the dough, and bake at 200 degrees for 35 minutes. Sprinkle cinnamon sugar while it is hot.',
    ],
  },
  {
    title: 'Lease of the flat in Linden Street',
    name: 'lease-linden-street.pdf',
    kind: 'pdf',
    folder: 'Documents / Important / Contracts',
    date: '2019-03-28',
    size: 1_204_000,
    pages: 14,
    recognised: 'eng',
    passages: [
      'The notice period is three months to the end of a month. It becomes longer for the landlord after five and after eight years of tenancy.',
      'The deposit of 2,100 is kept in a separate savings account and is returned, with interest, within six months of the end of the tenancy.',
    ],
  },
  {
    title: 'رسالة من جدتي',
    name: 'رسالة-من-جدتي.txt',
    kind: 'text',
    folder: 'Documents / Family / Letters',
    date: '2018-04-02',
    size: 1_480,
    passages: ['حبيبتي، وصلتني رسالتك والصور الجميلة من الشاطئ. الكلاب تبدو سعيدة جداً قرب الماء. سلّمي على الجميع، ولا تنسي أن تكتبي لي قبل العيد.'],
  },
  {
    title:
      'Minutes of the forty-third meeting of the allotment association with all of its decisions about water, paths, the fence and the shed (final, corrected, second version)',
    name: 'minutes-of-the-forty-third-meeting-of-the-allotment-association-final-corrected-v2-with-annexes.docx',
    kind: 'docx',
    folder: 'Documents / Garden / Association / Minutes / Years / 2024 / Spring',
    date: '2024-04-19',
    size: 96_000,
    passages: [
      'The water is turned on from 1 April to 31 October. Each plot reads its own meter by 5 November and sends the number to the treasurer.',
      'Dogs are kept on a lead on the paths. The fence by the river is mended by plots 11 to 16 before the end of May.',
    ],
  },
];
