(function () {
  "use strict";
  document.documentElement.classList.add("js");
  var tip = document.getElementById("tip");
  function all(selector, root) { return Array.from((root || document).querySelectorAll(selector)); }
  function tell(text) { tip.textContent = text; tip.hidden = !text; }

  // One player at a time, and a cell's player stops at the cell's end.
  var stopAt = null, playing = null;
  function release() {
    stopAt = null;
    if (playing) { playing.classList.remove("playing"); playing = null; }
  }
  all("audio").forEach(function (audio) {
    audio.addEventListener("play", function () {
      all("audio").forEach(function (other) { if (other !== audio) { other.pause(); } });
    });
    audio.addEventListener("timeupdate", watch);
    audio.addEventListener("pause", function () { if (stopAt && stopAt.audio === audio) { release(); } });
    audio.addEventListener("ended", release);
  });
  function watch() {
    if (!stopAt) { return; }
    if (stopAt.audio.currentTime >= stopAt.s) { stopAt.audio.pause(); release(); return true; }
  }
  // The time event comes only every quarter of a second, too coarse for short cells.
  function watchFrames(of) {
    if (stopAt === of && !watch()) { requestAnimationFrame(function () { watchFrames(of); }); }
  }
  function playCell(cell) {
    var own = document.getElementById(cell.dataset.play);
    var audio = own || document.getElementById("play-song");
    release();
    if (!audio) { return; }
    audio.currentTime = Number(cell.dataset.from);
    stopAt = { audio: audio, s: Number(cell.dataset.to) };
    playing = cell;
    cell.classList.add("playing");
    if (!own) { tell(cell.title + " (the whole song plays: this page has no player for the stem)"); }
    var started = audio.play();
    if (started) { started.catch(release); }
    watchFrames(stopAt);
  }

  all(".heatmap").forEach(function (map) {
    var rows = all(".stem", map).map(function (row) { return all(".cell", row); }).filter(function (row) { return row.length; });
    rows.forEach(function (row, r) {
      row.forEach(function (cell, c) {
        cell.addEventListener("click", function () { tell(cell.title); playCell(cell); });
        cell.addEventListener("focus", function () { tell(cell.title); });
        cell.addEventListener("blur", function () { tell(""); });
        cell.addEventListener("keydown", function (event) {
          var step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
          var next = step && rows[r + step[0]] && rows[r + step[0]][c + step[1]];
          if (!step) { return; }
          event.preventDefault();
          if (next) { cell.tabIndex = -1; next.tabIndex = 0; next.focus(); }
        });
      });
    });
  });

  all(".lyrics").forEach(function (lyrics) {
    lyrics.addEventListener("click", function (event) {
      var word = event.target.closest("[title]");
      tell(word ? word.textContent + ": " + word.title : "");
    });
  });
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") { tell(""); } });

  var tabs = all("[role=tab]");
  function choose(index, focus) {
    tabs.forEach(function (tab, i) {
      var on = i === index;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
      if (on && focus) { tab.focus(); }
    });
  }
  if (tabs.length) {
    document.querySelector(".tabs").hidden = false;
    tabs.forEach(function (tab, i) {
      document.getElementById(tab.getAttribute("aria-controls")).setAttribute("role", "tabpanel");
      tab.addEventListener("click", function () { choose(i, false); });
      tab.addEventListener("keydown", function (event) {
        var to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: tabs.length - 1 }[event.key];
        if (to === undefined) { return; }
        event.preventDefault();
        choose((to + tabs.length) % tabs.length, true);
      });
    });
    choose(0, false);
  }
})();
