import { cases } from "./cases/settle.mjs";
import { runCases } from "./support/cases.mjs";

runCases(cases);
