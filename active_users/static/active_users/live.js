// When the live pieces of a page poll, and what that needs beyond htmx's attributes.
(() => {
  const POLL = ".active-users-live-poll";
  const PAUSE = ".active-users-live-pause";
  // One key for each page of the site: a page without a button could not be resumed.
  const pauseKey = () => `active-users-paused:${location.pathname}`;

  // In sessionStorage, so that a pause survives a reload, and ends with the tab. Without storage it ends with the page.
  const memory = new Map();
  const isPaused = () => {
    try {
      return sessionStorage.getItem(pauseKey()) !== null;
    } catch {
      return memory.has(pauseKey());
    }
  };
  const setPaused = (paused) => {
    try {
      if (paused) sessionStorage.setItem(pauseKey(), "");
      else sessionStorage.removeItem(pauseKey());
    } catch {
      if (paused) memory.set(pauseKey(), "");
      else memory.delete(pauseKey());
    }
  };

  // The buttons are hidden until htmx is there: without it, nothing moves. One that a page puts elsewhere is enough.
  const showButtons = () => {
    const buttons = [...document.querySelectorAll(PAUSE)];
    const elsewhere = buttons.filter((button) => !button.closest(".active-users-live"));
    for (const button of buttons) {
      button.hidden = elsewhere.length > 0 && !elsewhere.includes(button);
      for (const part of button.querySelectorAll(".active-users-while-updating")) part.hidden = isPaused();
      for (const part of button.querySelectorAll(".active-users-while-paused")) part.hidden = !isPaused();
    }
  };

  if (window.htmx) showButtons();

  if (window.activeUsersLive) return; // a page with several pieces loads this several times
  window.activeUsersLive = true;

  // Somebody who has not touched the page for five minutes has left the desk. Scrolling is no sign: scripts do it too.
  const FIVE_MINUTES = 5 * 60 * 1000;
  let movedAt = Date.now();
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "touchmove"]) {
    const move = (event) => event.isTrusted && (movedAt = Date.now());
    window.addEventListener(name, move, { capture: true, passive: true });
  }
  const isPresent = () =>
    Date.now() - movedAt < FIVE_MINUTES && document.querySelector(POLL)?.dataset.heartbeat !== undefined;
  const showsSomething = () => document.querySelector(".active-users-shown:not([value^=heartbeat])") !== null;

  // A tab that is hidden, prerendered or paused has no timer. What ends that starts one, so that one poll is sent.
  let timer;
  const isAway = () => document.hidden || document.prerendering || isPaused();
  const pollIn = (seconds) => {
    clearTimeout(timer);
    timer = isAway() ? undefined : setTimeout(poll, seconds * 1000);
  };
  const findSeconds = () => document.querySelector(POLL)?.dataset.seconds ?? 5;
  const poll = () => {
    pollIn(findSeconds());
    if (isAway() || !(isPresent() || showsSomething())) return;
    document.querySelector(POLL)?.dispatchEvent(new Event("active-users-poll"));
  };

  // Who turns to a tab is there. This is also what comes first when a page is shown again, or was prerendered.
  for (const name of ["visibilitychange", "prerenderingchange"]) {
    document.addEventListener(name, () => {
      movedAt = Date.now();
      pollIn(0);
    });
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.(PAUSE)) return;
    setPaused(!isPaused());
    showButtons();
    pollIn(0);
  });
  const findFirstSeconds = () =>
    document.querySelector("[data-first-seconds]")?.dataset.firstSeconds ?? findSeconds();
  pollIn(findFirstSeconds());

  // The names of an event in htmx 2 and in htmx 4.
  const onPoll = (names, handle) => {
    for (const name of names) {
      document.addEventListener(name, (event) => {
        if (event.target.matches?.(POLL)) handle(event);
      });
    }
  };

  let isPolling = Boolean(window.htmx); // a bundled htmx may have no global name
  onPoll(["htmx:afterProcessNode", "htmx:after:init"], () => {
    isPolling = true;
    showButtons();
  });

  // What the last answers said of the reader, signed by the server, so that it need not look again each time.
  let ticket = "";
  // Until the server knows, the reader has just opened this page. Going back to it opens it again.
  let hasOpened = false;
  window.addEventListener("pageshow", ({ persisted }) => persisted && (hasOpened = false));

  // htmx may put another page, or another place, into this document. A pause may be that of the page before.
  const findPage = () => {
    const shown = [...document.querySelectorAll('.active-users-shown[value^="here:"]')];
    return [location.pathname, ...shown.map(({ value }) => value.split(":")[1])].join();
  };
  let page = findPage();
  for (const name of ["htmx:afterSettle", "htmx:historyRestore", "htmx:after:settle", "htmx:after:history:update"]) {
    document.addEventListener(name, () => {
      if (page === findPage()) return;
      page = findPage();
      hasOpened = false;
      showButtons();
      pollIn(findFirstSeconds());
    });
  }

  onPoll(["htmx:configRequest", "htmx:config:request"], ({ detail }) => {
    const { headers } = detail.ctx?.request ?? detail;
    // One lost answer should not keep the page from asking again.
    if (detail.ctx) detail.ctx.request.timeout = "10s";
    else detail.timeout = 10_000;
    if (ticket) headers["Active-Users"] = ticket;
    if (isPresent()) headers["Active-Users-Present"] = hasOpened ? "true" : "opened";
  });

  // A template of the site's own may let htmx say when to poll.
  onPoll(["htmx:beforeRequest", "htmx:before:request"], (event) => {
    if (isAway()) event.preventDefault();
  });

  // The page does not obey an answer that is somebody else's, such as a redirection to a login page.
  onPoll(["htmx:beforeOnLoad", "htmx:before:response"], (event) => {
    const { xhr, ctx } = event.detail;
    const sign = ctx ? ctx.response.headers.get("Active-Users") : xhr.getResponseHeader("Active-Users");
    if (!sign) event.preventDefault();
    else if (sign !== "live") ticket = sign;
    if (sign && isPresent()) hasOpened = true;
  });

  window.addEventListener("load", () => {
    // After the timer with which htmx 4 starts.
    setTimeout(() => {
      if (!isPolling) console.warn("The live pieces do not refresh themselves: {% htmx_script %} is missing.");
    });
  });
})();
