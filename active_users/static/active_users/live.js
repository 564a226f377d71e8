// The pause button of the live snippet, and what its polls need beyond htmx's attributes.
(() => {
  const isPaused = () => document.querySelector(".active-users-live-pause[aria-pressed=true]") !== null;

  // One button pauses all snippets of the page. The buttons are hidden until htmx is there: without it, nothing moves.
  const showButtons = (isPressed) => {
    for (const button of document.querySelectorAll(".active-users-live-pause")) {
      button.hidden = false;
      button.setAttribute("aria-pressed", String(isPressed));
    }
  };

  if (window.htmx) showButtons(isPaused());

  if (window.activeUsersLive) return; // a page with several snippets loads this several times
  window.activeUsersLive = true;

  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".active-users-live-pause")) showButtons(!isPaused());
  });

  // The names of an event in htmx 2 and in htmx 4.
  const onPoll = (names, handle) => {
    for (const name of names) {
      document.addEventListener(name, (event) => {
        if (event.target.matches?.(".active-users-live-poll")) handle(event);
      });
    }
  };

  let isPolling = Boolean(window.htmx); // a bundled htmx may have no global name
  onPoll(["htmx:afterProcessNode", "htmx:after:init"], () => {
    isPolling = true;
    showButtons(isPaused());
  });

  // A tab that is hidden or paused sends nothing.
  onPoll(["htmx:beforeRequest", "htmx:before:request"], (event) => {
    if (document.hidden || isPaused()) event.preventDefault();
  });

  // The page does not obey an answer that is somebody else's, such as a redirection to a login page.
  onPoll(["htmx:beforeOnLoad", "htmx:before:response"], (event) => {
    const { xhr, ctx } = event.detail;
    const isOurs = ctx ? ctx.response.headers.has("Active-Users") : xhr.getResponseHeader("Active-Users");
    if (!isOurs) event.preventDefault();
  });

  window.addEventListener("load", () => {
    // After the timer with which htmx 4 starts.
    setTimeout(() => {
      if (!isPolling) console.warn("{% active_users_live %} does not refresh itself: {% htmx_script %} is missing.");
    });
  });
})();
