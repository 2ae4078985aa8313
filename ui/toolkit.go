package ui

// Fyne's own words (the menu of the field), in the language of the window. Fyne has no call to choose a language: the words are
// registered under the system's name, which overrides its own (fyne-anchors §4.5).

import (
	"encoding/json"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// toolkitKeys are the words of Fyne that can be met in our window; ours have the key "ui.toolkit." + number.
var toolkitKeys = map[string]string{"Cut": "cut", "Copy": "copy", "Paste": "paste", "Select all": "select-all", "Undo": "undo", "Redo": "redo"}

func (s *Shell) toolkitWords() {
	words := map[string]string{}
	for theirs, ours := range toolkitKeys {
		words[theirs] = s.words.T("ui.toolkit."+ours, nil)
	}
	data, err := json.Marshal(words)
	if err != nil {
		return // cannot happen: strings only
	}
	name := lang.SystemLocale().LanguageString() + ".json"
	if err := lang.AddTranslations(fyne.NewStaticResource(name, data)); err != nil {
		return // the menu of the field stays in the system's language
	}
}
