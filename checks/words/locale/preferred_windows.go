package locale

import "golang.org/x/sys/windows"

// preferred asks Windows for the languages of its own windows, best first.
func preferred() []string {
	languages, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil {
		return nil
	}
	return languages
}

// codePageUTF8 is Windows' number for UTF-8.
const codePageUTF8 = 65001

// utf8WithoutLocale: Windows has no locale variables. Go writes UTF-16 to a console, which shows it; a pipe gets UTF-8.
func utf8WithoutLocale() bool {
	var mode uint32
	if out, err := windows.GetStdHandle(windows.STD_OUTPUT_HANDLE); err == nil && windows.GetConsoleMode(out, &mode) == nil {
		return true
	}
	page, err := windows.GetConsoleOutputCP()
	return err != nil || page == codePageUTF8
}
