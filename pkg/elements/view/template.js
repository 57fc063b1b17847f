// The elements' HTML. `data-say` names the message that is an element's text.

export const PAYWALL = `
<div id="whole" part="paywall">
<div class="all">
  <div class="offer" part="offer">
    <slot name="publisher"></slot>
    <slot name="title"><h2 id="title" part="title" dir="auto"></h2></slot>
    <slot name="preview"></slot>
    <slot name="about"></slot>
    <p class="price" part="price">
      <span class="visually-hidden" data-say="price.label"></span>
      <slot name="price" id="price-slot"><span id="price"></span></slot>
    </p>
  </div>
  <figure id="content" class="content" part="content" data-testid="content" tabindex="-1" hidden></figure>
  <div id="sealed" class="content sealed" aria-hidden="true" hidden></div>
  <div class="side">
    <section id="begin" class="begin" hidden>
      <button type="button" id="begin-go" class="primary large" part="button primary" data-testid="begin"></button>
      <p id="begin-note" class="muted" data-say="begin.note"></p>
    </section>

    <section id="chooser" class="card" part="card" aria-labelledby="chooser-title" hidden>
      <h2 id="chooser-title" tabindex="-1" data-say="choose.title"></h2>
      <h3 id="wallets-title" data-say="choose.wallet"></h3>
      <p id="wallets-note" class="muted" role="status"><span></span></p>
      <ul id="wallet-list" class="choices" aria-labelledby="wallets-title"></ul>
      <div id="wallet-keys" class="wallet-keys" hidden>
        <h3 id="wallet-keys-title" data-say="choose.wallet-key"></h3>
        <p class="muted" data-say="choose.wallet-key-note"></p>
        <ul id="wallet-key-list" class="choices" aria-labelledby="wallet-keys-title"></ul>
      </div>
      <h3 data-say="choose.key"></h3>
      <p class="muted" data-say="choose.key-note"></p>
      <p class="buttons">
        <button type="button" id="local-create" class="primary" data-testid="account-local-create"
          data-say="choose.create" hidden></button>
        <button type="button" id="local-continue" class="primary" data-testid="account-local-continue" hidden></button>
      </p>
      <details id="import">
        <summary data-testid="account-local-import-open" data-say="choose.import"></summary>
        <form id="restore-form" novalidate>
          <label for="restore-file" data-say="choose.file"></label>
          <input id="restore-file" data-testid="restore-file" type="file" accept=".json,application/json">
          <label for="restore-password" data-say="choose.password"></label>
          <input id="restore-password" data-testid="restore-password" type="password" autocomplete="off">
          <p class="buttons">
            <button type="submit" data-testid="restore" data-say="choose.restore"></button>
          </p>
        </form>
        <form id="import-form" novalidate>
          <label for="import-hex" data-say="choose.hex"></label>
          <input id="import-hex" data-testid="import-hex" type="text" autocomplete="off" autocapitalize="off"
            spellcheck="false" placeholder="0x…" dir="ltr">
          <p class="buttons">
            <button type="submit" data-testid="account-local-import" data-say="choose.import-go"></button>
          </p>
        </form>
      </details>
    </section>

    <div id="stopped" class="card stopped" part="card" hidden>
      <p id="stopped-text" role="status" data-testid="stopped"></p>
      <p class="buttons">
        <button type="button" id="stopped-go" data-testid="stopped-go" data-say="budget.allow"></button>
      </p>
    </div>
    <p id="account-frozen" class="hint wrong" role="status" data-testid="account-frozen" hidden></p>
    <p class="buttons">
      <button type="button" id="frozen-switch" data-testid="frozen-switch" hidden></button>
    </p>
    <section id="funding" class="card" part="card" aria-labelledby="funding-title" data-testid="funding" hidden>
      <h2 id="funding-title" tabindex="-1" data-say="fund.title"></h2>
      <p id="account-empty" data-testid="account-empty"></p>
      <p class="buttons">
        <button type="button" id="fund" class="primary large" data-testid="fund" data-say="fund.demo" hidden></button>
      </p>
      <form id="fund-form" novalidate hidden>
        <label id="fund-label" for="fund-input"></label>
        <input id="fund-input" data-testid="fund-input" type="text" inputmode="decimal" autocomplete="off"
          aria-describedby="fund-hint">
        <p id="fund-hint" class="hint"></p>
        <ul id="fund-wallets" class="choices" aria-labelledby="funding-title"></ul>
      </form>
      <details id="fund-elsewhere">
        <summary data-testid="fund-elsewhere" data-say="fund.elsewhere"></summary>
        <div class="row-body">
          <p id="fund-network"></p>
          <code id="fund-address" data-testid="fund-address"></code>
          <p class="buttons">
            <button type="button" id="fund-copy" data-testid="fund-copy" data-say="account.copy-address"></button>
            <span id="fund-note" class="muted" role="status"></span>
          </p>
          <div id="fund-qr" data-testid="fund-qr"></div>
        </div>
      </details>
      <p class="muted" data-say="fund.watching"></p>
    </section>

    <section id="payment" class="card" part="card" aria-labelledby="payment-title" hidden>
      <h2 id="payment-title" tabindex="-1" data-say="pay.title"></h2>
      <div id="paid" class="paid" data-testid="paid" hidden>
        <p id="paid-note" data-testid="paid-note"></p>
        <p class="buttons">
          <button type="button" id="show-again" class="primary" data-testid="show-again" data-say="pay.show"
            hidden></button>
          <button type="button" id="pay-again" class="quiet" data-testid="pay-again" data-say="pay.once-more"></button>
        </p>
      </div>
      <form id="pay-form" novalidate>
        <div id="deposit-field">
          <p class="muted" data-say="pay.why"></p>
          <div id="deposit-choices" class="deposits" role="group" aria-labelledby="deposit-label"></div>
          <label id="deposit-label" for="deposit-input"></label>
          <input id="deposit-input" data-testid="deposit-input" type="text" inputmode="decimal" autocomplete="off"
            aria-describedby="deposit-hint">
          <p id="deposit-hint" class="hint" data-testid="deposit-hint"></p>
        </div>
        <p id="pay-before" class="muted" data-testid="pay-before" hidden></p>
        <button type="submit" id="pay" class="primary large" part="button primary" data-testid="pay"></button>
        <p id="pay-note" class="muted" hidden></p>
      </form>
      <details id="auto" data-testid="auto" hidden>
        <summary id="auto-open" data-testid="auto-open"></summary>
        <form id="auto-form" novalidate>
          <p class="muted" data-say="auto.why"></p>
          <label id="auto-label" for="auto-input"></label>
          <input id="auto-input" data-testid="auto-input" type="text" inputmode="decimal" autocomplete="off"
            aria-describedby="auto-hint">
          <p id="auto-hint" class="hint"></p>
          <label id="auto-each-label" for="auto-each"></label>
          <input id="auto-each" data-testid="auto-each" type="text" inputmode="decimal" autocomplete="off"
            aria-describedby="auto-each-hint">
          <p id="auto-each-hint" class="hint"></p>
          <p class="buttons">
            <button type="submit" data-testid="auto-allow" data-say="auto.allow"></button>
          </p>
        </form>
        <div id="auto-on" class="paid" hidden>
          <p id="auto-today" data-testid="auto-today"></p>
          <p id="auto-each-on" class="muted"></p>
          <p class="buttons">
            <button type="button" id="auto-stop" data-testid="auto-stop" data-say="auto.stop"></button>
          </p>
        </div>
      </details>
    </section>

    <section id="channel" class="card" part="card" aria-labelledby="channel-title" data-testid="channel" hidden>
      <h2 id="channel-title" tabindex="-1" data-say="channel.title"></h2>
      <p id="channel-left" data-testid="channel-left"></p>
      <div id="channel-meter"></div>
      <p id="channel-note" data-testid="channel-note"></p>
      <p id="channel-pending" data-testid="channel-pending" hidden></p>
      <form id="topup-form" novalidate>
        <label id="topup-label" for="topup-input"></label>
        <div class="joined">
          <input id="topup-input" data-testid="topup-input" type="text" inputmode="decimal" autocomplete="off"
            aria-describedby="topup-hint">
          <button type="submit" id="topup" data-testid="topup" data-say="channel.top-up"></button>
        </div>
        <p id="topup-hint" class="hint"></p>
      </form>
      <p id="close-hint" class="hint"></p>
      <p class="buttons">
        <button type="button" id="close" data-testid="close" data-say="channel.close"></button>
        <button type="button" id="settle" data-testid="settle" data-say="channel.settle"></button>
        <button type="button" id="send-back" data-testid="send-back" data-say="channel.send-back" hidden></button>
        <button type="button" id="remove" class="quiet" data-testid="remove" data-say="channel.remove" hidden></button>
      </p>
      <p id="channel-others" class="buttons" hidden></p>
      <details>
        <summary data-testid="channel-details" data-say="channel.details"></summary>
        <dl class="values">
          <div><dt data-say="channel.deposit"></dt><dd data-testid="channel-deposit"></dd></div>
          <div><dt data-say="channel.spent"></dt><dd data-testid="channel-spent"></dd></div>
          <div><dt id="channel-rest"></dt><dd data-testid="channel-remaining"></dd></div>
          <div><dt data-say="channel.state"></dt><dd data-testid="channel-state"></dd></div>
          <div><dt data-say="channel.open-block"></dt><dd data-testid="channel-open-block"></dd></div>
          <div id="settle-row">
            <dt data-say="channel.settle-block"></dt><dd data-testid="channel-settle-block"></dd>
          </div>
          <div><dt data-say="channel.contract"></dt><dd><code id="channel-contract"></code></dd></div>
          <div><dt data-say="channel.receiver"></dt><dd><code id="channel-receiver"></code></dd></div>
        </dl>
        <p class="buttons">
          <button type="button" id="forget" class="quiet" data-testid="forget" data-say="channel.forget"></button>
        </p>
      </details>
    </section>

    <details id="account" class="row" part="card" data-testid="account" hidden>
      <summary id="account-title" data-testid="account-open"></summary>
      <div class="row-body">
        <p id="account-kind" class="muted"></p>
        <p class="address">
          <code data-testid="account-address"></code>
          <button type="button" id="address-copy" class="quiet" data-testid="address-copy"
            data-say="account.copy-address"></button>
          <span id="address-note" class="muted" role="status"></span>
        </p>
        <dl class="values">
          <div><dt data-say="account.tokens"></dt><dd data-testid="account-tokens"></dd></div>
          <div><dt data-say="account.ether"></dt><dd data-testid="account-ether"></dd></div>
        </dl>
        <p class="buttons">
          <button type="button" id="key-show" class="quiet" data-testid="key-show" data-say="account.backup"
            hidden></button>
          <button type="button" id="account-change" class="quiet" data-testid="account-change"
            data-say="account.change"></button>
        </p>
        <div id="key-box" class="key" hidden>
          <label for="key-hex" data-say="account.key"></label>
          <textarea id="key-hex" data-testid="key-hex" rows="3" readonly autocomplete="off" spellcheck="false"
            dir="ltr"></textarea>
          <p class="buttons">
            <button type="button" id="key-copy" data-testid="key-copy" data-say="account.copy"></button>
            <button type="button" id="key-hide" class="quiet" data-testid="key-hide" data-say="account.hide"></button>
            <span id="key-note" class="muted" role="status"></span>
          </p>
        </div>
        <details id="way-out" hidden>
          <summary data-testid="way-out" data-say="way-out.title"></summary>
          <form id="sweep-form" novalidate>
            <label for="sweep-to" data-say="way-out.to"></label>
            <input id="sweep-to" data-testid="sweep-to" type="text" autocomplete="off" autocapitalize="off"
              spellcheck="false" placeholder="0x…" aria-describedby="sweep-note" dir="ltr">
            <p id="sweep-origin" class="hint" data-testid="sweep-origin"></p>
            <p id="sweep-note" class="hint" data-testid="sweep-note" hidden></p>
            <p class="buttons">
              <button type="submit" data-testid="sweep" data-say="way-out.send"></button>
              <button type="button" id="key-remove" class="quiet" data-testid="key-remove"
                data-say="way-out.remove"></button>
            </p>
          </form>
        </details>
      </div>
    </details>

    <details id="budget" class="row" part="card" data-testid="budget" hidden>
      <summary id="budget-title" data-testid="budget-open"></summary>
      <div class="row-body">
        <p class="muted" data-say="budget.why"></p>
        <p class="buttons">
          <button type="button" id="budget-stop" data-testid="budget-stop"></button>
        </p>
        <form id="budget-form" novalidate>
          <label id="budget-price-label" for="budget-price"></label>
          <input id="budget-price" data-testid="budget-price" type="text" inputmode="decimal" autocomplete="off"
            aria-describedby="budget-price-hint">
          <p id="budget-price-hint" class="hint"></p>
          <label id="budget-day-label" for="budget-day"></label>
          <input id="budget-day" data-testid="budget-day" type="text" inputmode="decimal" autocomplete="off"
            aria-describedby="budget-day-hint">
          <p id="budget-day-hint" class="hint" data-testid="budget-today"></p>
          <details id="budget-more">
            <summary data-testid="budget-more" data-say="budget.more"></summary>
            <div class="row-body">
              <label for="budget-rise" data-say="budget.rise"></label>
              <input id="budget-rise" data-testid="budget-rise" type="text" inputmode="numeric" autocomplete="off"
                aria-describedby="budget-rise-hint">
              <p id="budget-rise-hint" class="hint"></p>
              <label id="budget-deposit-label" for="budget-deposit"></label>
              <input id="budget-deposit" data-testid="budget-deposit" type="text" inputmode="decimal"
                autocomplete="off" aria-describedby="budget-deposit-hint">
              <p id="budget-deposit-hint" class="hint"></p>
              <label for="budget-openings" data-say="budget.openings"></label>
              <input id="budget-openings" data-testid="budget-openings" type="text" inputmode="numeric"
                autocomplete="off" aria-describedby="budget-openings-hint">
              <p id="budget-openings-hint" class="hint"></p>
              <label class="check"><input id="budget-hidden" data-testid="budget-hidden" type="checkbox">
                <span data-say="budget.hidden"></span></label>
            </div>
          </details>
          <p class="buttons">
            <button type="submit" class="primary" data-testid="budget-save" data-say="budget.save"></button>
            <button type="button" id="budget-cancel" class="quiet" data-testid="budget-cancel"
              data-say="go.cancel"></button>
          </p>
        </form>
      </div>
    </details>

    <section id="backup" class="card" part="card" aria-labelledby="backup-title" data-testid="backup" hidden>
      <h2 id="backup-title" data-say="backup.title"></h2>
      <form id="backup-form" novalidate>
        <p id="backup-why"></p>
        <label for="backup-password" data-say="backup.password"></label>
        <input id="backup-password" data-testid="backup-password" type="password" autocomplete="new-password">
        <p class="buttons">
          <button type="submit" id="backup-save" data-testid="backup-save" data-say="backup.save"></button>
          <button type="button" id="backup-later" class="quiet" data-testid="backup-later"
            data-say="backup.later"></button>
        </p>
      </form>
      <p id="backup-note" data-testid="backup-note" role="status" tabindex="-1"></p>
    </section>

    <details id="history" class="row" part="history" data-testid="history" hidden>
      <summary data-testid="history-open" data-say="history.title"></summary>
      <div id="history-body" class="history-body"></div>
    </details>
    <slot name="terms"></slot>
  </div>

</div>
  <p id="announcement" class="visually-hidden" role="status" data-testid="announcement"></p>
  <div id="status" class="status">
    <div id="error" class="notice error" part="error" role="alert" data-testid="error" hidden></div>
    <div id="progress" class="notice" part="progress" tabindex="-1" hidden>
      <p class="waiting"><span class="dot" aria-hidden="true"></span>
        <span id="progress-text" role="status" aria-live="polite" data-testid="progress"></span></p>
      <button type="button" id="cancel" data-testid="cancel" data-say="go.cancel"></button>
    </div>
  </div>
</div>
<dialog id="question" part="dialog" aria-labelledby="question-text">
  <form method="dialog"></form>
</dialog>`;

/** Sites may allow HTML from text only where a policy of this name makes it. */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("microraiden", {
  createHTML: (html) => html,
});

/**
 * Builds the HTML in a shadow root, in a language.
 * @param {ShadowRoot} root
 * @param {string} html one of the above
 * @param {import("../text/text.js").Text} text
 */
export function build(root, html, text) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(html) : html;
  for (const node of template.content.querySelectorAll("[data-say]")) {
    node.textContent = text.say(node.getAttribute("data-say") ?? "");
  }
  root.replaceChildren(template.content);
}
