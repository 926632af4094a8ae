/**
 * What the page about calendars says, in Chinese. No component has a text of its own.
 */
export const calendars = {
  'calendars.title': '班次日历',
  'calendars.about': '日历写在厂区文件里，从某一天起改动；过去的数字总按当时的日历计算。怎样修改？',
  'calendars.how.first': '打开厂区文件（BOBBIN_PLANT 指定），找到要改的日历。',
  'calendars.how.second':
    '不要改写用过的班次：在 changes 里加一条，写上从哪天起（from），再写改了的班次、工作日或节假日；没写的保持不变。只加节假日，直接加进 holidays。',
  'calendars.how.third': '重启服务。文件有错时不会启动，并指出错在哪里。',
  'calendars.example': '厂区文件示例',
  'calendars.none': '没有日历。',
  'calendars.week': '本周',
  'calendars.from': '{{date}} 起',
  'calendars.fromFirst': '最初',
  'calendars.now': '现行',
  'calendars.breaks': '休息',
  'calendars.days': '工作日',
  'calendars.everyDay': '每天',
  'calendars.holidays': '放假',
  'calendars.past': '（另有 {{formatted}} 天已过）',
  'calendars.followers': '适用',
  'calendars.unused': '没有产线使用',
  'calendars.holiday': '放假',
  'calendars.off': '休息日',
} as const;
