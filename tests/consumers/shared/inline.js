import * as library from "microraiden/inline";
import { payInPage } from "./pay.js";

payInPage(library);
