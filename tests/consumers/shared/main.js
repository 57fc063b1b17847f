import * as library from "microraiden";
import { payInPage } from "./pay.js";

payInPage(library);
