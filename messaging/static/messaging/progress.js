"use strict";

// An element with data-progress="url" is filled anew from there every three seconds, while what it holds says data-moving.
for (const place of document.querySelectorAll("[data-progress]")) {
  const again = () => {
    if (place.querySelector("[data-moving]")) setTimeout(look, 3000);
  };
  const look = async () => {
    if (document.hidden) return again();
    try {
      const answer = await fetch(place.dataset.progress, { redirect: "error" });
      if (answer.ok) place.innerHTML = await answer.text();
    } catch {
      // The service restarts, or the session has ended: the page stays as it is and is asked again.
    }
    again();
  };
  again();
}
