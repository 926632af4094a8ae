/**
 * Invented names for the embroidery firms of the demo zone: a word of good omen joined to a word of the trade.
 * Comes in: a firm's number from 1. Goes out: its name in both languages, another one for each number. No real firm is meant.
 */
import type { Text } from '../contract/text.ts';

const omens: readonly (readonly [zh: string, en: string])[] = [
  ['锦绣', 'Jinxiu'],
  ['云霞', 'Yunxia'],
  ['彩蝶', 'Caidie'],
  ['春晓', 'Chunxiao'],
  ['金梭', 'Jinsuo'],
  ['银针', 'Yinzhen'],
  ['红棉', 'Hongmian'],
  ['青莲', 'Qinglian'],
  ['紫藤', 'Ziteng'],
  ['碧桃', 'Bitao'],
  ['白鹭', 'Bailu'],
  ['朱雀', 'Zhuque'],
  ['凤羽', 'Fengyu'],
  ['鹤影', 'Heying'],
  ['雁归', 'Yangui'],
  ['燕来', 'Yanlai'],
  ['鹊桥', 'Queqiao'],
  ['牡丹', 'Mudan'],
  ['芍药', 'Shaoyao'],
  ['海棠', 'Haitang'],
  ['玉兰', 'Yulan'],
  ['丹桂', 'Dangui'],
  ['秋菊', 'Qiuju'],
  ['冬梅', 'Dongmei'],
  ['翠竹', 'Cuizhu'],
  ['松风', 'Songfeng'],
  ['兰亭', 'Lanting'],
  ['荷塘', 'Hetang'],
  ['柳岸', 'Liuan'],
  ['桃源', 'Taoyuan'],
  ['梨花', 'Lihua'],
  ['枫叶', 'Fengye'],
  ['星河', 'Xinghe'],
  ['月华', 'Yuehua'],
  ['晨曦', 'Chenxi'],
  ['晚晴', 'Wanqing'],
  ['朝露', 'Zhaolu'],
  ['霜天', 'Shuangtian'],
  ['瑞雪', 'Ruixue'],
  ['和风', 'Hefeng'],
  ['甘霖', 'Ganlin'],
  ['飞虹', 'Feihong'],
  ['流云', 'Liuyun'],
  ['清泉', 'Qingquan'],
  ['汝水', 'Rushui'],
  ['嵩影', 'Songying'],
  ['天青', 'Tianqing'],
  ['月白', 'Yuebai'],
  ['经纬', 'Jingwei'],
  ['千丝', 'Qiansi'],
  ['万缕', 'Wanlü'],
  ['巧手', 'Qiaoshou'],
  ['慧心', 'Huixin'],
  ['织女', 'Zhinü'],
  ['天衣', 'Tianyi'],
  ['罗裳', 'Luoshang'],
  ['绮罗', 'Qiluo'],
  ['花间', 'Huajian'],
  ['百蝶', 'Baidie'],
  ['如意', 'Ruyi'],
  ['团圆', 'Tuanyuan'],
];

const trades: readonly (readonly [zh: string, en: string])[] = [
  ['机绣', 'Machine Embroidery'],
  ['绣品', 'Embroidered Goods'],
  ['绣坊', 'Embroidery Works'],
];

/** How many names there are: each word of good omen with each word of the trade. */
export const firmNames = omens.length * trades.length;

export function firmName(number: number): Text {
  const index = number - 1;
  const omen = omens[index % omens.length];
  const trade = trades[(index + Math.floor(index / omens.length)) % trades.length];
  if (omen === undefined || trade === undefined || number > firmNames) throw new RangeError(`no name for firm ${String(number)}`);
  return { zh: `${omen[0]}${trade[0]}`, en: `${omen[1]} ${trade[1]}` };
}
