/**
 * What is said, in Chinese, of giving a stop another reason. No component has a text of its own.
 */
export const reclassify = {
  'reclassify.title': '改正停机原因',
  'reclassify.open': '改正停机原因：{{what}}，{{time}}',
  'reclassify.hint': '点按可改正停机原因',
  'reclassify.original': '原：{{what}}',
  'reclassify.undo': '恢复原来的原因',
  'reclassify.said': '改正记录',
  'reclassify.asMachine': '设备原来的原因',
  'reclassify.find': '查找停机原因',
  'reclassify.reasons': '停机原因',
  'reclassify.none': '没有这样的停机原因。',
  'reclassify.why': '修改理由',
  'reclassify.about': '原始读数不变；状态、停机原因和各项指标几秒内更新。改正人、时间和理由都会留下记录。',
  'reclassify.save': '改正',
  'reclassify.done': '停机原因已改正，指标几秒内更新。',
  'reclassify.undone': '已恢复原来的停机原因。',
  'reclassify.problem': '没有改正成功，请再试一次。',
  'reclassify.problem.no-span': '这段停机刚刚有变化（例如收到了补传的读数），请关闭后再看一次。',
  'reclassify.problem.no-stop': '这段时间不是停机，不能改正。',
  'reclassify.problem.not-over': '这次停机还没有结束，结束后才能改正。',
  'reclassify.problem.not-recorded': '暂时无法记录，请稍后再试。',
  'reclassify.problem.recorded': '已经记录，正在等待处理，请稍后查看。',
} as const;
