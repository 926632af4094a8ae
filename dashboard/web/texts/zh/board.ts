/**
 * What the board says beyond its states and figures, in Chinese. No component has a text of its own.
 */
export const board = {
  'layout.rows': '明细',
  'board.type': '按设备类型筛选',
  'board.everyType': '全部设备',
  'board.overtaken': '顺序有变 · 更新',
  'board.shiftOf': '{{line}}的本班状态',
  'board.openLine': '打开产线页',
  'board.closeShift': '收起',
  'figure.attained': '达成 {{percent}}%',
  'define.target':
    '目标 = 理想速度 × 本班至今的负荷时间，即不停机、全速运转时的产量。理想速度由设备类型给出。达成率 = 产量 ÷ 目标，停机、降速和没有数据的时间都会拉低它。',
} as const;
