// Stops the live snippet from polling while its tab is hidden or its reader has paused it.
(() => {
  const buttons = document.querySelectorAll(".active-users-live-pause");
  for (const button of buttons) button.hidden = false;

  if (window.activeUsersLive) return;
  window.activeUsersLive = true;

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".active-users-live-pause");
    if (!button) return;
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
  });

  const ask = (event) => {
    if (!event.target.matches?.(".active-users-live-content")) return;
    const isPaused = event.target.parentElement.querySelector(".active-users-live-pause[aria-pressed=true]");
    if (document.hidden || isPaused) event.preventDefault();
  };
  document.addEventListener("htmx:beforeRequest", ask); // htmx 2
  document.addEventListener("htmx:before:request", ask); // htmx 4
})();
