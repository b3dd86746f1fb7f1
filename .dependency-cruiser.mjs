import { cruiseOptions, rules } from "./docs/rooms.ts";

export default { forbidden: rules, options: cruiseOptions };
