import { cases } from "./cases/withdraw.mjs";
import { runCases } from "./support/cases.mjs";

runCases(cases);
