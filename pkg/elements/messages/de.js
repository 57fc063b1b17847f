// All that the elements say, in German. See en.js. Long words have soft hyphens (\u00ad) where large text needs them: few
// browsers know where German ones may break.
export default {
  "unit.base": { one: "{count} Basiseinheit", other: "{count} Basiseinheiten" },
  "unit.base-name": "Basiseinheiten",
  "network.other": "Netz\u00a0{chainId}",
  "price.label": "Preis:",
  "price.about": "{amount}, etwa {money}",
  "price.below": "{amount}, weniger als {money}",

  // the first glance
  "begin.button": "Für {amount} freischalten",
  "begin.note": "Als Nächstes wählen Sie, womit Sie zahlen. Ohne Ihre Zustimmung wird nichts bezahlt.",
  "begin.loading": "Die Zahlung wird vorbereitet.",

  // where the account comes from
  "choose.title": "Zahlen mit",
  "choose.wallet": "Einer Wallet",
  "choose.looking": "Wallets in diesem Browser werden gesucht.",
  "choose.no-wallet":
    "In diesem Browser wurde keine Wallet gefunden. Installieren Sie eine und laden Sie die Seite neu, oder nehmen Sie " +
    "einen Schlüssel in diesem Browser.",
  "choose.wallet-key": "Einem Schlüssel, den Ihre Wallet zurückbringt",
  "choose.wallet-key-note":
    "Die Wallet unterschreibt einen Text, beim ersten Mal zweimal, und wird nicht für jede Zahlung gefragt. Dieselbe " +
    "Wallet macht in jedem Browser denselben Schlüssel: Mit den Websitedaten geht nichts verloren. Lassen Sie nur " +
    "kleine Beträge darauf.",
  "choose.wallet-key-of": "Schlüssel von {wallet}",
  "choose.wallet-key-any": "Schlüssel von einer Wallet",
  "choose.wallet-key-which": "Welche Wallet macht den Schlüssel?",
  "choose.key": "Einem Schlüssel in diesem Browser",
  "choose.key-note":
    "Ohne Wallet. Jedes Skript dieser Website kann den Schlüssel verwenden, und wer die Websitedaten löscht, löscht " +
    "ihn: Lassen Sie nur kleine Beträge darauf.",
  "choose.create": "Schlüssel erzeugen",
  "choose.continue": "Weiter mit {account}",
  "choose.import": "Sicherung einspielen oder Schlüssel importieren",
  "choose.hex": "Oder ein privater Schlüssel, 64 Hexziffern",
  "choose.import-go": "Importieren und weiter",
  "choose.file": "Datei der Sicherung",
  "choose.password": "Kennwort der Sicherung",
  "choose.restore": "Einspielen und weiter",
  "choose.browser-wallet": "Browser-Wallet",
  "choose.unreadable-key": "ein nicht lesbarer Schlüssel",
  "choose.key-of": "der Schlüssel von {account}",
  "choose.replace":
    "In diesem Browser liegt schon {what}. Er wird ersetzt, und was auf seinem Konto liegt, ist ohne Sicherung dieses " +
    "Schlüssels verloren.",
  "choose.replace-go": "Schlüssel ersetzen",

  // the account
  "account.title": "Ihr Konto {account}",
  "account.elsewhere": "Ihre Wallet zeigt dieser Seite jetzt ein anderes Konto oder keines. Wählen Sie dort {account}.",
  "account.local":
    "Ein Schlüssel in diesem Browser. Sichern Sie ihn, und lassen Sie nur kleine Beträge darauf.",
  "account.wallet-key":
    "Ein Schlüssel in diesem Browser, den Ihre Wallet auf dieser Website zurückbringt. Lassen Sie nur kleine Beträge " +
    "darauf.",
  "account.tokens": "Token",
  "account.ether": "Ether, für Gebühren",
  "account.backup": "Schlüssel sichern",
  "account.change": "Anderes Konto verwenden",
  "account.key": "Ihr privater Schlüssel. Halten Sie ihn geheim: Wer ihn hat, kann ausgeben, was auf dem Konto liegt.",
  "account.copy": "Kopieren",
  "account.copied": "Kopiert.",
  "account.copy-address": "Adresse kopieren",
  "account.hide": "Verbergen",
  "account.show-question":
    "Wer diesen Schlüssel sieht, kann alles ausgeben, was auf dem Konto liegt. Zeigen Sie ihn nur, wenn niemand sonst " +
    "Ihren Bildschirm sieht.",
  "account.show-go": "Schlüssel zeigen",

  // what the account needs before it can pay
  "fund.title": "Konto füllen",
  "fund.needs": "Bevor Sie zahlen können, braucht dieses Konto {needs}.",
  "fund.tokens": "mindestens {amount}",
  "fund.ether-about": "etwa {amount} für Netzgebühren",
  "fund.demo": "Demo-Token und Ether holen",
  "fund.amount": "Wie viel, in {unit}",
  "fund.covers": { one: "Reicht für {count} Inhalt wie diesen.", other: "Reicht für {count} Inhalte wie diesen." },
  "fund.covers-none": "Reicht für keinen Inhalt wie diesen.",
  "fund.from": "Aus {wallet} nehmen",
  "fund.along": "Dazu kommen {amount} für Netzgebühren; die Wallet fragt jeweils nach.",
  "fund.only-ether": "Die Wallet schickt {amount} für Netzgebühren.",
  "fund.elsewhere": "Von anderswo senden",
  "fund.send-to": "Senden Sie es über {network} an diese Adresse:",
  "fund.code": "QR-Code der Adresse",
  "fund.watching": "Sobald es angekommen ist, geht es hier von selbst weiter.",

  // the way out
  "way-out.title": "Alles zurück\u00adsenden oder den Schlüssel entfernen",
  "way-out.origin": "Das ist das Konto in Ihrer Wallet, von dem das Geld kam.",
  "way-out.to": "Adresse, die alle Token und den übrigen Ether erhält",
  "way-out.send": "Alles senden",
  "way-out.remove": "Schlüssel aus diesem Browser entfernen",
  "way-out.in-channels": "Weitere {amount} liegen in Kanälen: Schließen Sie diese zuerst, um sie zurückzu\u00adbekommen.",
  "way-out.send-question":
    "{tokens} und {ether}, abzüglich der Netzgebühr, gehen an\n{to}\nDas lässt sich nicht zurück\u00adnehmen: Vergleichen " +
    "Sie die Adresse sorgfältig.",
  "way-out.remove-question": "Dieser Browser vergisst den Schlüssel von {account}. {what}",
  "way-out.remove-go": "Schlüssel entfernen",
  "way-out.holds": "Auf dem Konto liegen noch {held}.",
  "way-out.locked": "In Kanälen liegen noch {amount}.",
  "way-out.lost": "Ohne Sicherung ist das verloren.",
  "way-out.brought-back": "Ihre Wallet bringt den Schlüssel zurück, und damit, was auf dem Konto liegt.",
  "way-out.empty": "Das Konto ist leer.",

  // deposit and payment
  "pay.title": "Bezahlen",
  "pay.title-open": "Geld bereit\u00adstellen",
  "pay.title-done": "Bezahlt",
  "pay.why":
    "Sie zahlen aus einem Kanal: einer Einlage, die für diesen Empfänger bereitliegt. Ihn zu öffnen kostet einmal eine " +
    "Netzgebühr; jede Zahlung daraus ist nur eine Unterschrift. Beim Schließen kommt zurück, was Sie nicht ausgegeben " +
    "haben.",
  "pay.choices": "Einlage",
  "pay.choice": { one: "{count} Inhalt", other: "{count} Inhalte" },
  "pay.deposit": "Einlage, in {unit}",
  "pay.covers": {
    one: "Reicht für {count} Inhalt wie diesen, für {amount}.",
    other: "Reicht für {count} Inhalte wie diesen, je {amount}.",
  },
  "pay.open": "Kanal öffnen und {amount} zahlen",
  "pay.open-again": "Kanal öffnen und noch einmal {amount} zahlen",
  "pay.go": "{amount} zahlen",
  "pay.go-again": "Noch einmal {amount} zahlen",
  "pay.short": "Der Rest im Kanal reicht dafür nicht. Stocken Sie ihn zuerst auf.",
  "pay.free-of-fees": "Aus Ihrem Kanal, mit einer Unterschrift. Ohne Netzgebühr.",
  "pay.elsewhere":
    "Aus Ihrem anderen Kanal, in dem {left} übrig sind, nicht aus dem unten gezeigten, mit einer Unterschrift. Ohne " +
    "Netzgebühr.",
  "pay.show": "Noch einmal zeigen",
  "pay.once-more": "Noch einmal bezahlen…",
  "pay.paid": "Sie haben dafür {when} bezahlt.",
  "pay.copy": "Ihre Kopie bleibt bis {until} in diesem Browser; sie wieder anzusehen kostet nichts.",
  "pay.too-large": "Die Datei ist zu groß zum Aufbewahren: Speichern Sie sie, bevor Sie diese Seite verlassen.",
  "pay.before": "Sie haben dies {when} bezahlt. Die Kopie wird hier nicht mehr aufbewahrt.",
  "pay.unlisted":
    "Aus diesem Kanal wurde etwas bezahlt, das dieser Browser nicht kennt, vielleicht dies hier: in einem anderen " +
    "Browser oder vor langer Zeit.",
  "pay.no-copy": "Ihre Kopie ist nicht in diesem Browser.",
  "auto.title": "Ohne Nachfrage zahlen",
  "auto.title-on": "Zahlt ohne Nachfrage, bis zu {amount} am Tag",
  "auto.why":
    "Weitere Seiten dieser Website öffnen sich dann ohne Klick, bezahlt aus Ihrem Kanal, solange die Zahlungen eines " +
    "Tages an diesen Empfänger den Betrag nicht übersteigen. Unten sehen Sie jede davon.",
  "auto.limit": "Ohne Nachfrage höchstens am Tag, in {unit}",
  "auto.covers": {
    one: "Reicht für {count} Inhalt wie diesen am Tag.",
    other: "Reicht für {count} Inhalte wie diesen am Tag.",
  },
  "auto.each": "Ohne Nachfrage höchstens für eine Zahlung, in {unit}",
  "auto.each-note": "Bei allem, was mehr kostet, werden Sie gefragt.",
  "auto.each-on": "Bei allem, was mehr als {amount} kostet, werden Sie gefragt. Auch Ihr Budget gilt.",
  "auto.allow": "Erlauben",
  "auto.today": "Heute: {amount}.",
  "auto.stop": "Jedes Mal fragen",
  "time.at": "{day} um {clock}",
  "time.on": "am {day}",
  "time.today": "heute",
  "time.tomorrow": "morgen",

  // the budget
  "budget.title": "Budget: keine Grenzen",
  "budget.title-limits": "Budget: Grenzen gesetzt",
  "budget.title-day": "Budget: heute {used} von {limit} verbraucht",
  "budget.title-stopped": "Budget: alle Zahlungen angehalten",
  "budget.title-unreadable": "Budget: nicht lesbar",
  "budget.why":
    "Diese Grenzen gelten für dieses Konto in jedem Tab dieser Website, was auch immer eine Seite verlangt. Ein leeres " +
    "Feld setzt keine Grenze.",
  "budget.stop": "Alle Zahlungen anhalten",
  "budget.allow": "Zahlungen wieder erlauben",
  "budget.stopped": "Sie haben alle Zahlungen angehalten. Dieses Konto zahlt nichts, in keinem Tab dieser Website.",
  "budget.allowed": "Zahlungen sind wieder erlaubt.",
  "budget.price": "Höchstens für eine Zahlung, in {unit}",
  "budget.price-above": "Dies kostet {price} und wird darum nicht bezahlt.",
  "budget.day": "Höchstens am Tag, in {unit}",
  "budget.used": "Heute auf dieser Website verbraucht: {used}.",
  "budget.used-left": "Heute auf dieser Website verbraucht: {used}, es bleiben {left}.",
  "budget.day-ends": "Ein neuer Tag beginnt {when}.",
  "budget.more": "Weitere Grenzen",
  "budget.rise": "Ein Preis darf steigen um, in Prozent",
  "budget.rise-note": "Über das, was Sie für dasselbe zuletzt bezahlt haben.",
  "budget.deposit": "Höchste Einlage in einem Kanal, in {unit}",
  "budget.openings": "Kanäle, die am Tag höchstens für diese Website geöffnet werden",
  "budget.openings-note": "Ohne eigene Grenze sind es 3.",
  "budget.hidden": "Nur zahlen, während die Seite zu sehen ist",
  "budget.save": "Grenzen speichern",
  "budget.saved": "Die Grenzen sind gespeichert und gelten ab jetzt.",

  // the channel
  "channel.title": "Ihr Kanal",
  "channel.left": "{remaining} von {deposit} übrig",
  "channel.left-for": {
    one: "{remaining} von {deposit} übrig, genug für {count} weiteren Inhalt wie diesen",
    other: "{remaining} von {deposit} übrig, genug für {count} weitere Inhalte wie diesen",
  },
  "channel.details": "Einzelheiten",
  "channel.deposit": "Einlage",
  "channel.spent": "Ausgegeben (Saldo)",
  "channel.remaining": "Übrig",
  "channel.returned": "An Sie zurück",
  "channel.state": "Zustand",
  "channel.state.open": "Offen",
  "channel.state.closing": "Wird geschlossen",
  "channel.state.settled": "Abgerechnet",
  "channel.state.removed": "Entfernt",
  "channel.open-block": "Block der Öffnung",
  "channel.settle-block": "Block der Abrechnung",
  "channel.contract": "Vertrag",
  "channel.receiver": "Empfänger",
  "channel.in-flight":
    "Eine Zahlung blieb ohne Antwort. Zahlen Sie noch einmal für dieselbe Datei: Sie wird erneut gesendet und kostet " +
    "nichts mehr.",
  "channel.pending":
    "Eine Zahlung blieb ohne Antwort. Die nächste sendet denselben Beleg noch einmal. Nur wenn der Empfänger ihn schon " +
    "gezählt hat, kostet die Datei noch einmal ihren Preis.",
  "channel.top-up-amount": "Zur Einlage hinzufügen, in {unit}",
  "channel.top-up": "Aufstocken",
  "channel.more": {
    one: "Reicht für {count} weiteren Inhalt wie diesen.",
    other: "Reicht für {count} weitere Inhalte wie diesen.",
  },
  "channel.less-than-one": "Reicht für keinen weiteren Inhalt wie diesen.",
  "channel.close": "Schließen und den Rest zurückholen",
  "channel.settle": "Abrechnen",
  "channel.forget": "Kanal vergessen",
  "channel.split": "{receiver} an den Empfänger und {sender} an Sie zurück",
  "channel.closing-pays": "Beim Schließen gehen {split}.",
  "channel.settling-pays": "Die Einspruchsfrist ist vorbei. Beim Abrechnen gehen {split}.",
  "channel.challenge":
    "Der Empfänger hat das Schließen nicht unterschrieben, darum läuft seine Einspruchsfrist: Bis zu ihrem Ende kann er " +
    "noch einen neueren Saldo zeigen.",
  "channel.settle-after": "Nach Block {block} gehen beim Abrechnen {split}.",
  "channel.time-left": "Abrechnen können Sie in {duration}. Dann gehen {split}.",
  "channel.blocks-left": {
    one: "Noch {count} Block bis zur Abrechnung (jetzt Block {block}). Dann gehen {split}.",
    other: "Noch {count} Blöcke bis zur Abrechnung (jetzt Block {block}). Dann gehen {split}.",
  },
  "channel.settled": "Geschlossen: {sender} kamen zu Ihnen zurück, der Empfänger bekam {receiver}.",
  "channel.settled-somehow": "Geschlossen: Der Empfänger ist bezahlt, und der Rest kam zu Ihnen zurück.",
  "channel.send-back": "Alles zurück\u00adsenden…",
  "channel.remove": "Aus der Liste entfernen",
  "channel.show-open": "Kanal mit noch {left} zeigen, geöffnet {when}",
  "channel.show-left": "Kanal mit noch {left} zeigen",
  "channel.show-closing": "Kanal zeigen, der geschlossen wird, mit noch {left}",
  "channel.show-settles": "Kanal zeigen, der geschlossen wird, mit noch {left}: Abrechnung in {duration}",
  "channel.show-ready": "Kanal zeigen, der geschlossen wird, mit noch {left}: Abrechnung jetzt möglich",
  "channel.forget-question":
    "Dieser Kanal ist nicht abgerechnet. Die Seite vergisst die Belege, die Sie unterschrieben haben, und die Einlage " +
    "bleibt im Vertrag. Vielleicht findet die Seite den Kanal auf der Blockchain wieder.",

  // leaving without the receiver
  "leave.title": "Der Empfänger hat das Schließen nicht unter\u00adschrieben",
  "leave.refused": "Vielleicht ist sein Server nicht erreichbar. Es wurde nichts gesendet. Es gibt zwei Wege:",
  "leave.later": "Später versuchen",
  "leave.later-means": "Unterschreibt der Empfänger, schließt der Kanal sofort, und Sie beide sind bezahlt.",
  "leave.alone": "Ohne ihn schließen",
  "leave.alone-means":
    "Es beginnt eine Einspruchsfrist, in der der Empfänger noch einen neueren Saldo zeigen kann. Danach rechnen Sie hier " +
    "ab, und Sie beide sind bezahlt.",
  "leave.takes": "Dauert",
  "leave.costs": "Kostet",
  "leave.when-signed": "bis der Empfänger antwortet",
  "leave.time": "{duration} ({blocks} Blöcke)",
  "leave.blocks": "{blocks} Blöcke",
  "leave.one": "eine Netzgebühr",
  "leave.one-fee": "eine Netzgebühr, etwa {amount}",
  "leave.two": "zwei Netzgebühren",
  "leave.two-fee": "zwei Netzgebühren, zusammen etwa {amount}",
  "leave.either": "So oder so gehen {receiver} an den Empfänger, und {sender} kommen zu Ihnen zurück.",
  "leave.looking": "Der Empfänger hat nicht unterschrieben. Es wird nachgesehen, was Schließen ohne ihn bedeutet.",
  "time.minute": "etwa eine Minute",
  "time.about": "etwa {parts}",

  // the backup
  "backup.title": "Sicherung anlegen",
  "backup.why":
    "Der Schlüssel dieses Kontos, und mit ihm all sein Geld, liegt nur in diesem Browser. Wer die Websitedaten löscht, " +
    "löscht ihn. {fate} Eine Sicherung ist eine Datei, die ein Kennwort von Ihnen schützt.",
  "backup.persisted": "Dieser Browser hat versprochen, ihn nicht von selbst zu löschen.",
  "backup.evicted": "Manche Browser löschen ihn von selbst: Safari nach sieben Tagen ohne Besuch.",
  "backup.password": "Ein Kennwort dafür",
  "backup.save": "Sicherung speichern",
  "backup.later": "Jetzt nicht",
  "backup.saved": "Gespeichert als {name}. Bewahren Sie die Datei auf, und merken Sie sich ihr Kennwort.",

  // what was paid for
  "content.label": "Die Datei",
  "content.save": "{name} speichern",
  "content.here": "Die Datei ist da.",
  "content.no-picture": "Dieser Browser kann das Bild nicht zeigen.",
  "content.no-player": "Dieser Browser kann die Datei nicht abspielen.",
  "content.no-pdf": "Dieser Browser zeigt keine PDF-Dateien.",

  // money in sight
  "balance.title": "Ihr Geld hier",
  "balance.channels": { one: "in {count} Kanal", other: "in {count} Kanälen" },
  "balance.none": "Für diesen Empfänger liegt nichts bereit.",
  "balance.no-account": "Kein Konto ist verbunden.",
  "history.title": "Was Sie bezahlt haben",
  "history.none": "Es wurde noch nichts bezahlt.",
  "history.total": { one: "{amount} für {count} Zahlung", other: "{amount} für {count} Zahlungen" },
  "history.export": "Als CSV speichern",
  "history.chart": "Bezahlt je Tag",
  "history.taken": "bezahlt, ohne Antwort",
  "history.unknown": "unbeantwortet",
  "history.more": { one: "{count} ältere Zahlung", other: "{count} ältere Zahlungen" },

  // buttons of questions and errors
  "go.cancel": "Abbrechen",
  "go.dismiss": "Ausblenden",
  "go.switch": "In der Wallet zu {network} wechseln",
  "go.retry": "Noch einmal versuchen",
  "go.list": "Alle Dateien",
  "go.reload": "Neu laden",
  "go.refresh": "Kanal neu lesen",
  "go.find": "Kanal noch einmal suchen",
  "go.drop": "Unlesbares entfernen",
  "go.top-up": "Zum Aufstocken",
  "go.budget": "Zu Ihrem Budget",
  "go.close": "Kanal schließen",
  "go.drop-question":
    "Der unlesbare Text wird aus diesem Browser entfernt. War es ein Schlüssel, bringt nur Ihre Sicherung das Konto " +
    "zurück.",
  "go.drop-go": "Entfernen",
  "error.details": "Technische Einzelheiten",
  "error.code": "Code:",

  // what runs, and what is said when it has worked
  "run.connect": "Das Konto wird verbunden.",
  "run.resume": "Ihr Kanal wird gelesen.",
  "run.fund": "Das Konto wird gefüllt.",
  "run.fund-wallet": "Die Wallet wird um Geld gebeten.",
  "run.switch": "Die Wallet wird gebeten, das Netz zu wechseln.",
  "run.fund-money": "Von Ihnen wurde nichts ausgegeben. Was das Demo-Konto gesendet hat, kann noch ankommen.",
  "run.fund-ether": "Das Demo-Konto sendet Ether.",
  "run.fund-tokens": "Das Demo-Konto sendet Token.",
  "run.pay": "Es wird bezahlt.",
  "run.open": "Der Kanal wird geöffnet.",
  "run.other-tab": "Ein anderer Tab dieser Website bezahlt gerade dafür.",
  "run.sweep": "Alles wird gesendet.",
  "run.remove": "Der Schlüssel wird entfernt.",
  "run.top-up": "Der Kanal wird aufgestockt.",
  "run.close": "Der Empfänger wird um seine Unterschrift gebeten.",
  "run.close-alone": "Der Kanal wird ohne den Empfänger geschlossen.",
  "run.settle": "Der Kanal wird abgerechnet.",
  "run.read": "Der Kanal wird gelesen.",
  "run.forget": "Der Kanal wird vergessen.",
  "run.backup": "Die Sicherung wird angelegt.",
  "done.fund": "Das Konto hat {amount}.",
  "done.pay": "{name} ist bezahlt und wird gezeigt.",
  "done.sweep": "Alles wurde gesendet.",
  "done.top-up": "Aufgestockt. Im Kanal sind {amount} übrig.",
  "done.close": "Der Kanal ist geschlossen.",
  "done.close-alone": "Das Schließen hat begonnen. Die Einspruchsfrist läuft.",
  "done.settle": "Der Kanal ist abgerechnet.",

  // progress: actions as they stand within a sentence
  "action.approve-reset": "Alte Freigabe löschen",
  "action.approve": "Einlage freigeben",
  "action.open": "Kanal öffnen",
  "action.top-up": "Aufstocken",
  "action.close": "Schließen verlangen",
  "action.cooperative-close": "Kanal schließen",
  "action.settle": "Kanal abrechnen",
  "action.mint": "Token erzeugen",
  "action.transfer-tokens": "Token senden",
  "action.transfer-ether": "Ether senden",
  "action.other": "Transaktion senden",
  "wallet.chain": "Warten auf Ihre Wallet: Stimmen Sie dort dem anderen Netz zu.",
  "wallet.accounts": "Warten auf Ihre Wallet: Wählen Sie dort ein Konto.",
  "wallet.key":
    "Warten auf Ihre Wallet: Unterschreiben Sie dort den Text, der den Schlüssel macht, beim ersten Mal zweimal. Das " +
    "bewegt nichts.",
  "wallet.signature": "Warten auf Ihre Wallet: Unterschreiben Sie dort ({what}).",
  "wallet.payment": "die Zahlung",
  "wallet.trial-signature":
    "Warten auf Ihre Wallet: Unterschreiben Sie dort einmal über einen Saldo von\u00a00. Das zeigt, dass sie Zahlungen " +
    "unterschreiben kann, und verspricht nichts.",
  "wallet.transaction": "Warten auf Ihre Wallet: Bestätigen Sie dort die Transaktion ({what}).",
  "wallet.other": "Warten auf Ihre Wallet: Antworten Sie dort.",
  "progress.sent": "{action}: gesendet als {hash}, warten auf das Netz.",
  "progress.confirming": "{action}: Bestätigung {confirmations} von {required}.",
  "progress.confirming-hash": "{action}: Bestätigung {confirmations} von {required} ({hash}).",
  "progress.paying": "Zahlung von {amount}.",
  "progress.receiver": "Warten auf den Empfänger.",
  "progress.receiver-again": "Warten, bis der Empfänger den Kanal sieht, Versuch {attempt} von {attempts}.",
  "progress.resending": "Es kam keine Antwort. Dieselbe Zahlung wird noch einmal gesendet; sie zählt einmal.",
  "progress.scanning": "Ihre Kanäle werden auf der Blockchain gesucht: Block {block} von {to}.",
  "progress.set-aside":
    "Ein gespeicherter Eintrag war nicht lesbar und wurde beiseitegelegt; stattdessen wird die Blockchain gefragt.",

  // what happened to the money
  "money.signed":
    "Eine Zahlung wurde unterschrieben und kann den Empfänger erreicht haben. Sie ist gespeichert: Der nächste " +
    "Versuch sendet zuerst dieselbe, und sie zählt einmal.",
  "money.sent":
    "Eine Transaktion ({action}, {hash}) wurde ins Netz gesendet und kann noch wirksam werden. Sie ist gespeichert und " +
    "wird verfolgt: Lesen Sie den Kanal später neu.",
  "money.asked":
    "Bestätigen Sie die Transaktion danach noch in Ihrer Wallet, wird sie trotzdem wirksam; lehnen Sie dort ab, wenn Sie " +
    "das nicht wollen.",
  "money.written":
    "Eine Transaktion wurde unterschrieben und kann das Netz erreicht haben. Sie ist gespeichert und wird verfolgt: " +
    "Lesen Sie den Kanal später neu.",
  "money.mined":
    "Eine Transaktion ({action}) wurde vorher wirksam, und seither wurde nichts bezahlt. Lesen Sie den Kanal neu, um es " +
    "zu sehen.",
  "money.none": "Es wurde nichts bezahlt und nichts ins Netz gesendet.",

  // errors, by their code
  "error.unknown":
    "Etwas ist schiefgegangen, das diese Seite nicht kennt. Versuchen Sie es noch einmal, oder laden Sie die Seite neu.",
  "error.config-missing": "Diese Seite gehört vor eine Datei mit Preis. Öffnen Sie eine Datei aus der Liste.",
  "error.config-malformed":
    "Der Server beschreibt diese Datei auf eine Art, die die Seite nicht versteht. Laden Sie die Seite neu; hilft das " +
    "nicht, sagen Sie es dem Betreiber.",
  "error.not-a-link":
    "Diese Adresse wurde mit {method} aufgerufen, wie von einem Formular, und die Seite zahlt nur für das, was ein Link " +
    "öffnet. Es wurde nichts bezahlt. Ein Programm kann dafür zahlen.",
  "error.library-unavailable":
    "Der Teil dieser Seite, der bezahlt, wurde nicht geladen. Prüfen Sie Ihre Verbindung und laden Sie neu, oder nehmen " +
    "Sie einen aktuellen Browser.",
  "error.amount-malformed": "Das ist kein Betrag. Geben Sie eine Zahl ein, zum Beispiel {example}.",
  "error.amount-too-fine":
    "Dieses Token hat höchstens {decimals} Nachkommastellen. Geben Sie weniger Stellen nach dem Komma ein.",
  "error.amount-too-fine.whole": "Dieses Token hat keine Nachkommastellen. Geben Sie eine ganze Zahl ein.",
  "error.amount-too-large": "Das ist mehr, als ein Kanal fasst. Geben Sie einen kleineren Betrag ein.",
  "error.amount-zero": "Geben Sie einen Betrag über null ein.",
  "error.number-malformed": "Geben Sie eine ganze Zahl bis {most} ein.",
  "error.deposit-below-price": "Der Betrag muss mindestens hierfür reichen: {price}.",
  "error.token-mismatch":
    "Der Server nennt ein anderes Token, als sein Vertrag verwendet, oder beschreibt es falsch. Es wurde nichts bezahlt. " +
    "Sagen Sie es dem Betreiber, bevor Sie weitermachen.",
  "error.paid-already":
    "Dafür wurde eben in einem anderen Tab bezahlt, und hier nichts weiter. Sehen Sie dort nach: Die Kopie ließ sich " +
    "nicht aufbewahren.",
  "error.timed-out":
    "{seconds} Sekunden lang geschah nichts, darum wartet die Seite nicht länger. Vielleicht ist der Ethereum-Knoten " +
    "oder der Server nicht erreichbar.",
  "error.content-failed":
    "Der Server antwortete mit {status}, statt die Datei zu senden. Die Zahlung kann trotzdem angenommen worden sein. " +
    "Versuchen Sie es später noch einmal, oder sagen Sie es dem Betreiber.",
  "error.content-lost":
    "Die Zahlung wurde angenommen, aber die Datei ging unterwegs verloren. Prüfen Sie Ihre Verbindung; noch einmal zu " +
    "bezahlen kostet noch einmal.",
  "error.clipboard":
    "Der Browser hat das Kopieren nicht erlaubt. Markieren Sie den Schlüssel und kopieren Sie ihn selbst.",
  "error.faucet-refused":
    "Das Demo-Konto konnte Ihnen nichts senden; vielleicht ist es leer. Starten Sie die Demo neu.",
  "error.address-malformed":
    "Das ist nicht die Adresse eines anderen Kontos: 0x und 40 Hexziffern. Kopieren Sie sie noch einmal.",
  "error.freed": "Die Seite hat ihren Kanal aus den Augen verloren. Laden Sie die Seite neu.",
  "error.invalid-argument": "Einer der Werte ist nicht verwendbar. Prüfen Sie Ihre Eingabe.",
  "error.password-missing": "Geben Sie das Kennwort der Sicherung ein.",
  "error.file-missing": "Wählen Sie die Datei der Sicherung.",
  "error.wrong-password": "Das Kennwort öffnet diese Sicherung nicht, oder die Datei wurde verändert.",
  "error.corrupt-backup": "Diese Datei ist keine Sicherung, oder sie ist beschädigt.",
  "error.backup-unsupported":
    "Diese Seite kann die Sicherung nicht öffnen: Eine spätere Version oder ein anderes Programm hat sie angelegt.",
  "error.key-malformed":
    "Das ist kein privater Schlüssel. Ein Schlüssel besteht aus 64 Hexziffern, mit oder ohne 0x davor.",
  "error.storage-unavailable":
    "Dieser Browser lässt die Seite nichts speichern, und ohne das könnte eine Zahlung verloren gehen. Erlauben Sie " +
    "Websitedaten, oder verlassen Sie das private Fenster; laden Sie dann neu.",
  "error.storage-full":
    "Der Speicher des Browsers für diese Website ist voll. Löschen Sie einen Teil der Websitedaten, aber sichern Sie " +
    "zuerst Ihren Schlüssel; versuchen Sie es dann noch einmal.",
  "error.corrupt-record":
    "Was dieser Browser über einen Kanal gespeichert hat, ist nicht lesbar. Entfernen Sie es; die Seite findet den Kanal " +
    "dann auf der Blockchain wieder.",
  "error.corrupt-record.key":
    "Der Schlüssel in diesem Browser ist nicht lesbar. Importieren Sie Ihre Sicherung, oder erzeugen Sie einen neuen.",
  "error.key-lost":
    "Der Schlüssel in diesem Browser lässt sich nicht mehr entschlüsseln, weil ein Teil der Websitedaten gelöscht wurde. " +
    "Nur Ihre Sicherung bringt das Konto zurück: Importieren Sie sie.",
  "error.insecure-context":
    "Die Verbindung zu dieser Seite ist nicht sicher, darum lässt der Browser sie Ihren Schlüssel nicht verschlüsseln. " +
    "Öffnen Sie die Seite über https, oder nehmen Sie eine Wallet.",
  "error.key-exists": "In diesem Browser liegt schon ein anderer Schlüssel. Laden Sie neu, und machen Sie mit ihm weiter.",
  "error.wallet-rejected": "Sie haben in der Wallet abgelehnt. War das ein Versehen, versuchen Sie es noch einmal.",
  "error.wallet-unauthorized":
    "Die Wallet erlaubt dieser Seite das Konto nicht. Verbinden Sie das Konto in der Wallet, und versuchen Sie es noch " +
    "einmal.",
  "error.wallet-unsupported":
    "Diese Wallet kann keine Zahlungen unterschreiben. Nehmen Sie eine andere oder einen Schlüssel in diesem Browser.",
  "error.wallet-cannot-sign":
    "Diese Wallet kann mit diesem Konto keine Zahlungen unterschreiben, wie die meisten Hardware-Wallets und " +
    "Smart-Konten. Es wurde nichts eingelegt. Nehmen Sie einen Schlüssel in diesem Browser, und senden Sie ihm von der " +
    "Wallet Token und Ether.",
  "error.wallet-signatures-differ":
    "Diese Wallet unterschreibt jedes Mal anders, darum ließe sich ein Schlüssel aus ihr nicht wiederherstellen. Nehmen " +
    "Sie einen Schlüssel in diesem Browser, und sichern Sie ihn.",
  "error.fee-on-transfer":
    "Dieses Token verlangt bei jeder Übertragung eine Gebühr, darum erreicht weniger als die Einlage den " +
    "Zahlungsvertrag, und nicht alles könnte ausgezahlt werden. Ist ein Kanal darin offen, schließen Sie ihn jetzt.",
  "error.wallet-disconnected":
    "Die Wallet hat ihre Verbindung zum Netz verloren. Öffnen Sie sie, verbinden Sie neu, und versuchen Sie es noch " +
    "einmal.",
  "error.wallet-pending":
    "Die Wallet fragt Sie schon etwas. Öffnen Sie sie, antworten Sie dort, und versuchen Sie es noch einmal.",
  "error.wallet-error":
    "Die Wallet meldet einen Fehler. Öffnen Sie sie, um mehr zu sehen, und versuchen Sie es noch einmal.",
  "error.no-account":
    "Die Wallet nennt kein Konto. Entsperren Sie sie oder legen Sie dort ein Konto an, und versuchen Sie es noch einmal.",
  "error.wrong-signer":
    "Die Wallet hat mit einem anderen Konto unterschrieben, oder etwas anderes als die Zahlung. Wechseln Sie zum hier " +
    "gezeigten Konto; ist es das schon, nehmen Sie eine andere Wallet.",
  "error.wrong-network":
    "Ihre Wallet ist in einem anderen Netz. Wechseln Sie zum Netz mit der Chain\u2011ID {chainId}, und versuchen Sie " +
    "es noch einmal.",
  "error.not-a-manager":
    "Der Vertrag, den der Server nennt, ist kein Kanalvertrag, den diese Seite kennt. Es wurde nichts bezahlt. Sagen Sie " +
    "es dem Betreiber.",
  "error.rpc-unreachable":
    "Der Ethereum-Knoten ist nicht erreichbar. Prüfen Sie Ihre Verbindung, und versuchen Sie es noch einmal.",
  "error.rpc-error": "Der Ethereum-Knoten hat abgelehnt. Versuchen Sie es gleich noch einmal.",
  "error.rpc-malformed": "Die Antwort des Ethereum-Knotens ergibt keinen Sinn. Versuchen Sie es gleich noch einmal.",
  "error.insufficient-tokens": "Ihr Konto hat zu wenige Token. Senden Sie ihm zuerst welche.",
  "error.insufficient-tokens.known":
    "Ihr Konto hat {tokens}, das reicht nicht. Wählen Sie einen kleineren Betrag, oder senden Sie ihm zuerst Token.",
  "error.insufficient-ether":
    "Ihr Konto hat zu wenig Ether für die Netzgebühr. Senden Sie ihm etwas Ether, und versuchen Sie es noch einmal.",
  "error.fee-above-limit":
    "Die verlangte Netzgebühr liegt weit über dem Üblichen, darum wurde nichts gesendet. Versuchen Sie es später; bleibt " +
    "es so, ist vielleicht der Ethereum-Knoten fehlerhaft.",
  "error.rule-violated": "Der Vertrag erlaubt das jetzt nicht. Lesen Sie den Kanal neu, und prüfen Sie den Betrag.",
  "error.rule-violated.deposit-limit": "Ein Kanal fasst höchstens {limit}. Wählen Sie einen kleineren Betrag.",
  "error.rule-violated.receiver":
    "Der Vertrag kann zu diesem Empfänger keinen Kanal öffnen. Sagen Sie es dem Betreiber.",
  "error.rule-violated.closing": "Der Kanal wird schon geschlossen. Rechnen Sie ihn nach der Einspruchsfrist ab.",
  "error.transaction-reverted":
    "Die Transaktion ist auf der Blockchain gescheitert. Nur ihre Gebühr wurde ausgegeben. Lesen Sie den Kanal neu, " +
    "bevor Sie sie wiederholen.",
  "error.transaction-reverted.hash":
    "Die Transaktion {hash} ist auf der Blockchain gescheitert. Nur ihre Gebühr wurde ausgegeben. Lesen Sie den Kanal " +
    "neu, bevor Sie sie wiederholen.",
  "error.transaction-pending":
    "Die Transaktion ist noch in keinem Block. Sie ist gespeichert und wird verfolgt: Kommen Sie später wieder, und " +
    "lesen Sie den Kanal neu.",
  "error.transaction-dropped":
    "Das Netz kennt die Transaktion nicht mehr, und es wurde nichts bewegt. Versuchen Sie es noch einmal.",
  "error.transaction-replaced":
    "Eine andere Transaktion Ihrer Wallet nahm den Platz dieser ein und tat etwas anderes. Lesen Sie den Kanal neu.",
  "error.settle-too-early":
    "Abrechnen können Sie nach Block {settleBlock}; die Blockchain ist bei Block {currentBlock}. Warten Sie, und rechnen " +
    "Sie dann ab.",
  "error.no-channel": "Zu diesem Empfänger gibt es keinen Kanal mehr. Öffnen Sie unten einen neuen.",
  "error.no-channel.block":
    "Der Empfänger kennt Ihren Kanal von Block {openBlock} nicht, oder kennt ihn als geschlossen. Lesen Sie den Kanal " +
    "neu, und versuchen Sie es noch einmal.",
  "error.channel-unseen":
    "Ihr Kanal wurde geöffnet, aber die Blockchain zeigt ihn noch nicht. Er ist nicht verloren, und es wird kein zweiter " +
    "geöffnet. Warten Sie ein wenig, und versuchen Sie es noch einmal.",
  "error.channel-not-open":
    "Der Kanal wird geschlossen oder ist abgerechnet und kann nicht zahlen. Lesen Sie ihn neu, um zu sehen, was zu tun " +
    "bleibt.",
  "error.insufficient-deposit": "Die Einlage ist aufgebraucht. Stocken Sie den Kanal auf, und zahlen Sie dann.",
  "error.price-above-limit":
    "Der Preis ist gestiegen. Es wurde nichts bezahlt. Laden Sie neu, um den neuen Preis zu sehen.",
  "error.price-above-limit.known":
    "Der Preis ist jetzt {price}. Es wurde nichts bezahlt. Wollen Sie den neuen Preis zahlen?",
  "error.price-above-limit.budget":
    "Dies kostet {price}, und Ihr Budget erlaubt höchstens {limit} für eine Zahlung. Es wurde nichts bezahlt.",
  "error.wrong-contract":
    "Der Server nennt jetzt einen anderen Vertrag als diese Seite. Es wurde nichts bezahlt. Laden Sie neu.",
  "error.wrong-receiver":
    "Der Server nennt jetzt einen anderen Empfänger als diese Seite. Es wurde nichts bezahlt. Laden Sie neu.",
  "error.wrong-origin":
    "Diese Website will Zahlungen für einen Empfänger, den Sie von einer anderen Website kennen. Es wurde nichts " +
    "bezahlt. Sagen Sie es dem Betreiber.",
  "error.payment-refused":
    "Der Empfänger hat die Zahlung abgelehnt und die Datei nicht geöffnet. Lesen Sie den Kanal neu, und versuchen Sie es " +
    "noch einmal.",
  "error.payment-refused.unconfirmed":
    "Der Empfänger wartet noch darauf, dass das Netz den Kanal oder seine Einlage bestätigt. Versuchen Sie es gleich " +
    "noch einmal.",
  "error.payment-refused.below-acknowledged":
    "Der Empfänger nennt einen kleineren Saldo, als er schon bestätigt hat. Zahlen Sie nicht noch einmal; schließen Sie " +
    "den Kanal.",
  "error.payment-refused.unproved-balance":
    "Der Empfänger nennt einen Saldo, den Sie nicht unterschrieben haben. Zahlen Sie nicht noch einmal; schließen Sie " +
    "den Kanal.",
  "error.payment-refused.charged-more":
    "Der Empfänger sagt, er habe mehr berechnet, als er geliefert hat. Zahlen Sie nicht noch einmal; schließen Sie den " +
    "Kanal.",
  "error.payment-refused.cookies":
    "Alte Cookies dieser Website stehen Zahlungen im Weg. Löschen Sie die Cookies dieser Website in den Einstellungen " +
    "des Browsers, und versuchen Sie es noch einmal. Es ging nichts verloren.",
  "error.payment-refused.ignored":
    "Der Server beachtet Zahlungen nicht. Es wurde nichts weiter bezahlt. Sagen Sie es dem Betreiber.",
  "error.proof-pending":
    "Eine frühere Zahlung blieb ohne Antwort. Versuchen Sie es noch einmal: Ihr Beleg wird zuerst noch einmal gesendet, " +
    "bevor anderes unterschrieben wird.",
  "error.channel-not-settled":
    "Der Kanal ist nicht abgerechnet, seine Einlage ist noch im Vertrag. Schließen Sie ihn zuerst, und rechnen Sie ab.",
  "error.payment-declined": "Sie haben diese Zahlung abgelehnt. Es wurde nichts bezahlt.",
  "error.payment-taken":
    "Der Empfänger hat Ihre Zahlung gezählt, aber seine Antwort kam nicht an. Bezahlt wurde einmal; noch einmal zu " +
    "fragen kostet noch einmal den Preis.",
  "error.close-refused":
    "Es ist nicht bekannt, was in diesem Kanal bezahlt wurde. Zahlen Sie zuerst noch einmal: Der Empfänger zeigt dann, " +
    "was er hat.",
  "error.close-refused.pending-proof":
    "Eine Zahlung blieb ohne Antwort, und jetzt zu schließen würde sie bezahlen, auch wenn nichts geliefert wurde. " +
    "Zahlen Sie zuerst noch einmal: Das klärt es.",
  "error.close-not-agreed":
    "Der Empfänger hat das Schließen nicht unterschrieben; vielleicht ist sein Server nicht erreichbar. Es wurde nichts " +
    "gesendet.",
  "error.payments-stopped": "Sie haben alle Zahlungen angehalten. Es wurde nichts bezahlt.",
  "error.page-hidden":
    "Ihr Budget zahlt nur, während diese Seite zu sehen ist. Versuchen Sie es jetzt noch einmal.",
  "error.budget-exceeded":
    "Von den {budget}, die Ihr Budget dieser Website am Tag erlaubt, sind {left} übrig. Es wurde nichts bezahlt.",
  "error.rate-exceeded":
    "Ihr Budget erlaubt nicht so viele Zahlungen auf einmal. Warten Sie ein wenig.",
  "error.price-rise":
    "Der Preis ist von {before} auf {price} gestiegen, mehr als Ihr Budget erlaubt. Es wurde nichts bezahlt.",
  "error.stream-limit": "Es hat so viel gekostet, wie es kosten darf. Mehr wurde nicht bezahlt.",
  "error.openings-exceeded":
    "{limit} Kanäle wurden heute für diese Website geöffnet, und auf ihren Wunsch werden keine weiteren geöffnet. " +
    "Schließen Sie einen und warten Sie bis morgen, oder erlauben Sie in Ihrem Budget mehr.",
  "error.escrow-exceeded": "Ihr Budget lässt für diese Website an einem Tag nicht so viel hinterlegen.",
  "error.deposit-above-limit": "Ihr Budget erlaubt höchstens {limit} in einem Kanal.",
  "error.policy-unreadable":
    "Ihr Budget ist nicht lesbar, darum wird nichts bezahlt. Speichern Sie seine Grenzen neu.",
  "error.no-turns":
    "Eine andere Seite dieser Website bezahlt gerade. Ohne sichere Verbindung können zwei Seiten sich nicht abwechseln: " +
    "Schließen Sie die andere, und versuchen Sie es noch einmal.",
  "error.payment-unknown":
    "Auf die Zahlung kam keine Antwort; sie kann angekommen sein oder nicht. Versuchen Sie es noch einmal: Derselbe " +
    "Beleg wird zuerst gesendet. Nur wenn er angekommen war, kostet die Datei noch einmal ihren Preis.",
  "error.proof-mismatch":
    "Der Empfänger nennt einen Saldo, den Sie nicht unterschrieben haben. Zahlen Sie nicht noch einmal; schließen Sie " +
    "den Kanal mit dem hier gezeigten Saldo.",
  "error.not-loaded":
    "Die Software zum Bezahlen ließ sich nicht laden. Es wurde nichts unterschrieben oder gesendet. Prüfen Sie Ihre " +
    "Verbindung, und versuchen Sie es noch einmal.",
  "error.server-unreachable":
    "Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung, und versuchen Sie es noch einmal.",
  "error.malformed-header":
    "Die Antwort des Servers verletzt das Zahlungsprotokoll. Es wurde nichts weiter bezahlt. Sagen Sie es dem Betreiber.",
  "error.aborted": "Abgebrochen.",
};
