import { cases } from "./cases/corners.mjs";
import { runCases } from "./support/cases.mjs";

runCases(cases);
