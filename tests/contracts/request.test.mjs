import { cases } from "./cases/request.mjs";
import { runCases } from "./support/cases.mjs";

runCases(cases);
