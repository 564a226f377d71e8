// Stops the live snippet from polling while its tab is hidden or its reader has paused it.
(() => {
  // Hidden until now, because without JavaScript there is nothing to pause.
  const buttons = document.querySelectorAll(".active-users-live-pause");
  for (const button of buttons) button.hidden = false;

  if (window.activeUsersLive) return; // a page with several snippets loads this several times
  window.activeUsersLive = true;

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".active-users-live-pause");
    if (!button) return;
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
  });

  const stop = (event) => {
    if (!event.target.matches?.(".active-users-live-content")) return;
    const isPaused = event.target.parentElement.querySelector(".active-users-live-pause[aria-pressed=true]");
    if (document.hidden || isPaused) event.preventDefault();
  };
  document.addEventListener("htmx:beforeRequest", stop); // htmx 2
  document.addEventListener("htmx:before:request", stop); // htmx 4
})();
