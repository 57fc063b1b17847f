import { cases } from "./cases/receiver-close.mjs";
import { runCases } from "./support/cases.mjs";

runCases(cases);
