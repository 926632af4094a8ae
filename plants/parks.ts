/**
 * The parks beside embroidery: who is there and with which equipment, as plain data for plants/yaml.ts.
 * Runling, Renhua and Tianrui are named in what is known of the zone; every other firm here is invented.
 */
import type { Text } from '../contract/text.ts';
import type { Firm, Run, Workshop } from './zone.ts';

export interface Park {
  readonly id: string;
  readonly name: Text;
  readonly cluster: string;
  readonly clusterName: Text;
  readonly calendar: string;
  readonly firms: readonly Firm[];
}

/** Lines `prefix-01` … of one type, each with its own name. */
function lines(type: string, prefix: string, name: Text, from: number, to: number): Run {
  return { type, prefix, from, to, digits: 2, name };
}

const press = (from: number, to: number): Run => lines('tablet-press', 'press', { zh: '压片机', en: 'Tablet press' }, from, to);
const fluidBed = (from: number, to: number): Run =>
  lines('fluid-bed', 'fluidbed', { zh: '流化床制粒机', en: 'Fluid-bed granulator' }, from, to);
const coater = (from: number, to: number): Run => lines('coating-pan', 'coater', { zh: '包衣机', en: 'Coating pan' }, from, to);
const lyophiliser = (from: number, to: number): Run => lines('lyophiliser', 'lyo', { zh: '冻干机', en: 'Lyophiliser' }, from, to);
const fermenter = (from: number, to: number): Run => lines('fermenter', 'fermenter', { zh: '发酵罐', en: 'Fermenter' }, from, to);
const autoclave = (from: number, to: number): Run => lines('autoclave', 'autoclave', { zh: '灭菌柜', en: 'Autoclave' }, from, to);
const cleanRoom = (from: number, to: number): Run => lines('clean-room', 'cleanroom', { zh: '洁净区', en: 'Clean room' }, from, to);
const coldStore = (from: number, to: number): Run => lines('cold-store', 'coldstore', { zh: '冷库', en: 'Cold store' }, from, to);

const runling: readonly Workshop[] = [
  { name: { zh: '固体制剂车间', en: 'Solid dosage' }, runs: [press(1, 4), fluidBed(1, 2), coater(1, 2), cleanRoom(1, 2)] },
  { name: { zh: '冻干制剂车间', en: 'Freeze-drying' }, runs: [lyophiliser(1, 2), autoclave(1, 2), cleanRoom(3, 4)] },
  { name: { zh: '发酵车间', en: 'Fermentation' }, runs: [fermenter(1, 3)] },
  { name: { zh: '仓储中心', en: 'Warehouse' }, runs: [coldStore(1, 3)] },
];
const renhua: readonly Workshop[] = [
  { name: { zh: '检修中心', en: 'Service centre' }, runs: [press(5, 6), fluidBed(3, 3), coater(3, 3), autoclave(3, 3)] },
  {
    name: { zh: '生物中试车间', en: 'Biologics pilot plant' },
    runs: [fermenter(4, 5), lyophiliser(3, 3), cleanRoom(5, 6), coldStore(4, 4)],
  },
];

const pharma: Park = {
  id: 'pharma',
  name: { zh: '生物医药产业园', en: 'Biopharma Park' },
  cluster: 'pharma',
  clusterName: { zh: '生物医药', en: 'Biopharma' },
  calendar: 'always',
  firms: [
    { id: 'runling', name: { zh: '润灵药业', en: 'Runling Pharma' }, workshops: runling },
    { id: 'renhua', name: { zh: '仁华生物', en: 'Renhua Bio' }, workshops: renhua },
  ],
};

const automotive: Park = {
  id: 'auto',
  name: { zh: '汽车装备制造产业园', en: 'Automotive Equipment Park' },
  cluster: 'automotive',
  clusterName: { zh: '汽车装备', en: 'Automotive equipment' },
  calendar: 'day-shift',
  firms: [
    {
      id: 'yunti',
      name: { zh: '云梯专用车', en: 'Cloud Ladder Special Vehicles' },
      workshops: [
        {
          name: { zh: '焊装车间', en: 'Welding shop' },
          runs: [lines('welding-cell', 'weld', { zh: '焊接单元', en: 'Welding cell' }, 1, 4)],
        },
        {
          name: { zh: '总装车间', en: 'Assembly shop' },
          runs: [lines('assembly-line', 'assembly', { zh: '装配线', en: 'Assembly line' }, 1, 2)],
        },
      ],
    },
    {
      id: 'tieniu',
      name: { zh: '铁牛角部件', en: 'Iron Ox Horn Parts' },
      workshops: [
        {
          name: { zh: '焊接车间', en: 'Welding shop' },
          runs: [lines('welding-cell', 'weld', { zh: '焊接单元', en: 'Welding cell' }, 5, 6)],
        },
      ],
    },
  ],
};

const smt = (from: number, to: number): Run => lines('smt-line', 'smt', { zh: '贴片线', en: 'SMT line' }, from, to);
const terminals: Park = {
  id: 'terminal',
  name: { zh: '智能终端产业园', en: 'Smart Terminal Park' },
  cluster: 'smart-terminal',
  clusterName: { zh: '智能终端', en: 'Smart terminals' },
  calendar: 'day-shift',
  firms: [
    {
      id: 'yinghuo',
      name: { zh: '萤火虫终端', en: 'Firefly Terminals' },
      workshops: [{ name: { zh: '贴片车间', en: 'SMT shop' }, runs: [smt(1, 3)] }],
    },
    {
      id: 'zhangxin',
      name: { zh: '掌中星电子', en: 'Star-in-Hand Electronics' },
      workshops: [{ name: { zh: '贴片车间', en: 'SMT shop' }, runs: [smt(4, 4)] }],
    },
  ],
};

const kiln = (from: number, to: number): Run => lines('porcelain-kiln', 'kiln', { zh: '瓷窑', en: 'Porcelain kiln' }, from, to);
const ceramics: Park = {
  id: 'ceramics',
  name: { zh: '汝瓷小镇', en: 'Ru-Ceramics Town' },
  cluster: 'ceramics',
  clusterName: { zh: '汝瓷', en: 'Ru ceramics' },
  calendar: 'always',
  firms: [
    {
      id: 'yuguo',
      name: { zh: '雨过天晴窑', en: 'Sky-after-Rain Kilns' },
      workshops: [{ name: { zh: '烧成车间', en: 'Firing shop' }, runs: [kiln(1, 2)] }],
    },
    {
      id: 'yaobian',
      name: { zh: '窑变小筑', en: 'Kiln-Change Cottage' },
      workshops: [{ name: { zh: '烧成车间', en: 'Firing shop' }, runs: [kiln(3, 3)] }],
    },
  ],
};

const materials: Park = {
  id: 'materials',
  name: { zh: '环保建材产业园', en: 'Building Materials Park' },
  cluster: 'building-materials',
  clusterName: { zh: '环保建材', en: 'Building materials' },
  calendar: 'always',
  firms: [
    {
      id: 'tianrui',
      name: { zh: '天瑞水泥', en: 'Tianrui Cement' },
      workshops: [
        { name: { zh: '烧成车间', en: 'Burning' }, runs: [lines('rotary-kiln', 'rotary', { zh: '回转窑', en: 'Rotary kiln' }, 1, 1)] },
        {
          name: { zh: '制成车间', en: 'Cement grinding' },
          runs: [lines('cement-mill', 'mill', { zh: '水泥磨', en: 'Cement mill' }, 1, 2)],
        },
      ],
    },
  ],
};

export const otherParks: readonly Park[] = [pharma, automotive, terminals, ceramics, materials];
