/**
 * What the figures of a report mean, in both languages. They go with every report, whatever its form, so that nobody has to ask.
 * The same meanings, at more length, are in docs/figures.md and docs/reports.md.
 */
import type { Text } from '../../../contract/text.ts';

/** `essential` ones stand on the sheet of paper too. */
export const definitions: readonly { readonly term: Text; readonly meaning: Text; readonly essential: boolean }[] = [
  {
    essential: false,
    term: { zh: '负荷时间', en: 'Planned busy time' },
    meaning: {
      zh: '日历规定的班次时间，减去休息和计划停机。',
      en: 'Scheduled shift time of the calendar, without breaks and planned stops.',
    },
  },
  {
    essential: true,
    term: { zh: '时间稼动率', en: 'Utilization (availability)' },
    meaning: {
      zh: '运行时间 ÷（负荷时间 − 状态未知时间）。多条生产线先把时间相加再相除，不取比率的平均。依据 ISO 22400-2 / GB/T 34044.2。',
      en: 'Running time ÷ (planned busy time − unknown time). For several lines times are added first, then divided; ratios are never averaged. After ISO 22400-2 / GB/T 34044.2.',
    },
  },
  {
    essential: true,
    term: { zh: '下限、上限', en: 'Low, high' },
    meaning: {
      zh: '状态未知时间全部按停机计为下限，全部按运行计为上限。',
      en: 'The bounds of utilization if all unknown time had been stopped, or all of it running.',
    },
  },
  {
    essential: true,
    term: { zh: '数据覆盖率', en: 'Coverage' },
    meaning: {
      zh: '1 − 状态未知时间 ÷ 负荷时间。没有数据既不算停机，也不算生产。低于 90 % 的数字标“*”，请看上下限。',
      en: '1 − unknown time ÷ planned busy time. Silence counts neither as a stop nor as production. Figures below 90 % are marked “*”: look at their bounds.',
    },
  },
  {
    essential: true,
    term: { zh: '有数据生产线', en: 'Active lines' },
    meaning: {
      zh: '该期间内读数至少说明了一刻状态或产量的生产线。',
      en: 'Lines whose readings say anything of the period: a state within scheduled time, running outside it, or output.',
    },
  },
  {
    essential: true,
    term: { zh: '同口径增长', en: 'Same-lines growth' },
    meaning: {
      zh: '只比较两期都有数据的生产线；总体增长还包含新增和停用的生产线。增加生产线并不等于效率提高。',
      en: 'Compares only lines active in both periods; total growth also contains lines added and taken away. More lines are not higher productivity.',
    },
  },
  {
    essential: true,
    term: { zh: '环比、同比', en: 'Month on month, year on year' },
    meaning: {
      zh: '与上月、与上年同月相比。当月未结束时，与上期相同天数比较。数量按百分比，稼动率按百分点。任一期数据覆盖率低于 50 % 时不作比较，低于 90 % 时标“*”。',
      en: 'Against the month before, and the same month of the year before; while the month is running, against as many days of the earlier one. Amounts in percent, utilization in percentage points. Below 50 % coverage of either period nothing is compared; below 90 % the change is marked “*”.',
    },
  },
  {
    essential: false,
    term: { zh: '产量、废品', en: 'Output, scrap' },
    meaning: {
      zh: '设备计数器的增量之和。计量单位不同的产量分开列示，从不相加。',
      en: 'Increases of the machines’ counters. Output in different units is listed apart and never added.',
    },
  },
  {
    essential: false,
    term: { zh: '性能稼动率、合格率', en: 'Performance, quality' },
    meaning: {
      zh: '产量 ÷（理想产能 × 运行时间），可以大于 1；（产量 − 废品）÷ 产量。',
      en: 'Output ÷ (ideal rate × running time), which may exceed 1; (output − scrap) ÷ output.',
    },
  },
  {
    essential: false,
    term: { zh: '停机原因', en: 'Stop reasons' },
    meaning: {
      zh: '负荷时间内各停机代码的次数和损失时间，按损失时间排列。',
      en: 'How often each stop code began and how much planned busy time it took, by time lost.',
    },
  },
  {
    essential: true,
    term: { zh: '车间排名', en: 'Ranking of workshops' },
    meaning: {
      zh: '按时间稼动率排列，只列数据覆盖率不低于 50 % 的车间。',
      en: 'By utilization; only workshops with a coverage of at least 50 %.',
    },
  },
];
