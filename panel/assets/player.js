// Colours the outline of a recording as far as it was played, and jumps to where it is clicked. Without it the player
// plays as well.
(() => {
  const picture = document.querySelector("svg.wave");
  const audio = document.querySelector("audio");
  if (!picture || !audio) return;
  const bars = [...picture.querySelectorAll("rect")];
  const show = () => {
    const share = audio.duration > 0 ? audio.currentTime / audio.duration : 0;
    bars.forEach((bar, at) => bar.classList.toggle("played", at < share * bars.length));
  };
  for (const event of ["timeupdate", "seeked", "ended", "loadedmetadata"]) audio.addEventListener(event, show);
  picture.addEventListener("click", (event) => {
    const { left, width } = picture.getBoundingClientRect();
    if (audio.duration > 0 && width > 0) audio.currentTime = ((event.clientX - left) / width) * audio.duration;
  });
})();
