// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';

import { guessAddress, safeAddress } from './link';
import { cleanPasted } from './paste';

const clean = (html: string): string => cleanPasted(html).replace(/>\s+</g, '><').trim();

/** As Word 2016 puts it on the clipboard (cut down). */
const WORD = `<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta name=Generator content="Microsoft Word 15">
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]-->
<style><!-- p.MsoNormal {margin:0cm; font-family:"Calibri",sans-serif;} --></style></head>
<body lang=FR style='tab-interval:35.4pt'><!--StartFragment-->
<h1 style='mso-outline-level:1'><a name="_Toc1">Contexte<o:p></o:p></a></h1>
<p class=MsoNormal>Le bassin compte <b style='mso-bidi-font-weight:normal'>1 200</b> emplois
et <span style='font-style:italic'>peu</span> de <a href="https://exemple.fr/page">formations</a>.<o:p></o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>Premier point<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='margin-left:72.0pt;mso-list:l0 level2 lfo1'><![if !supportLists]><span
style='mso-list:Ignore'>o<span>&nbsp;&nbsp; </span></span><![endif]>Détail<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>·<span>&nbsp; </span></span><![endif]>Second point<o:p></o:p></p>
<p class=MsoNormal>Après<span style='mso-comment-reference:JD_1'></span><a class=msocomanchor href="#_msocom_1">[JD1]</a></p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.<span>&nbsp;</span></span>Un</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>2.<span>&nbsp;</span></span>Deux</p>
<table class=MsoTableGrid border=1 style='mso-yfti-tbllook:1184'><tr><td width=301 colspan=2 valign=top style='width:225pt'>
<p class=MsoNormal>Année<o:p></o:p></p></td></tr><tr><td><p class=MsoNormal>2027</p></td><td><p class=MsoNormal>12</p></td></tr></table>
<!--EndFragment--></body></html>`;

/** As LibreOffice Writer 7 puts it there. */
const LIBREOFFICE = `<!DOCTYPE html><html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"/>
<title></title><style type="text/css">@page { size: 21cm 29.7cm } p { margin-bottom: 0.25cm }</style></head>
<body lang="fr-FR" dir="ltr"><h1 class="western">Titre</h1>
<p style="line-height: 115%; margin-bottom: 0.25cm"><font face="Liberation Serif, serif"><font size="3"><b>Gras</b> et <i>italique</i> <u>souligné</u></font></font></p>
<ul><li><p style="margin-bottom: 0cm">Un</p></li><li><p>Deux</p></li></ul>
<h5>Bas</h5>
<table width="100%" cellpadding="4"><col width="128*"/><thead><tr><th><p>Poste</p></th></tr></thead><tbody><tr><td><p>Animation</p></td></tr></tbody></table>
</body></html>`;

describe('a paste from Word', () => {
  const cleaned = clean(WORD);

  it('keeps headings one below the section, bold, italic and links', () => {
    expect(cleaned).toContain('<h2>Contexte</h2>');
    expect(cleaned).toContain('<strong>1 200</strong> emplois et <em>peu</em> de <a href="https://exemple.fr/page">formations</a>');
  });

  it('makes real lists, nested by level, without their typed markers', () => {
    expect(cleaned).toContain(
      '<ul><li><p>Premier point</p><ul><li><p>Détail</p></li></ul></li><li><p>Second point</p></li></ul>',
    );
    expect(cleaned).toContain('<ol><li><p>Un</p></li><li><p>Deux</p></li></ol>');
  });

  it('keeps tables with their spans and nothing of their looks', () => {
    expect(cleaned).toContain(
      '<table><tbody><tr><td colspan="2"><p>Année</p></td></tr><tr><td><p>2027</p></td><td><p>12</p></td></tr></tbody></table>',
    );
  });

  it('drops styles, comments, empty paragraphs and whatever else Word adds', () => {
    expect(cleaned).not.toMatch(/mso|style|class|o:p|<!--|WordDocument|Calibri|JD1|<p>\s*<\/p>/i);
  });
});

describe('a paste from LibreOffice', () => {
  it('becomes our schema', () => {
    expect(clean(LIBREOFFICE)).toBe(
      '<h2>Titre</h2><p><strong>Gras</strong> et <em>italique</em> souligné</p>' +
        '<ul><li><p>Un</p></li><li><p>Deux</p></li></ul><h4>Bas</h4>' +
        '<table><tbody><tr><th><p>Poste</p></th></tr></tbody><tbody><tr><td><p>Animation</p></td></tr></tbody></table>',
    );
  });
});

describe('other pastes', () => {
  it.each([
    ['bold by style', '<span style="font-weight:700">Fort</span>', '<strong>Fort</strong>'],
    ['a wrapper that is not bold', '<b style="font-weight:normal"><p>Texte</p></b>', '<p>Texte</p>'],
    ['a division of words', '<div>Bonjour</div><div><p>Vous</p></div>', '<p>Bonjour</p><p>Vous</p>'],
    ['scripts and images', '<p>Un<script>alert(1)</script><img src=x onerror=alert(1)></p>', '<p>Un</p>'],
    ['a link that runs code', '<a href="javascript:alert(1)" onclick="x()">Clic</a>', 'Clic'],
    ['a link to a file', '<a href="file:///C:/a.doc">Fichier</a>', 'Fichier'],
    ['a fake list without levels', '<p class="MsoListParagraph">·&nbsp;&nbsp;Un</p><p class="MsoListParagraph">· Deux</p>', '<ul><li><p>Un</p></li><li><p>Deux</p></li></ul>'],
    ['runs of hard spaces', '<p>Un&nbsp;&nbsp; &nbsp;deux</p>', '<p>Un deux</p>'],
    ['a French hard space', '<p>Quoi&nbsp;?</p>', '<p>Quoi&nbsp;?</p>'],
    ['quotes and rules', '<blockquote><p>Dit</p></blockquote><hr>', '<blockquote><p>Dit</p></blockquote><hr>'],
    ['a Word title', '<p class="MsoTitle">Titre</p>', '<h2>Titre</h2>'],
    ['hidden words', '<p>Vu<span style="display:none">caché</span></p>', '<p>Vu</p>'],
  ])('%s', (_, html, cleaned) => {
    expect(clean(html)).toBe(cleaned);
  });
});

describe('addresses', () => {
  it('lets http, https and mailto through and nothing else', () => {
    expect(safeAddress('https://exemple.fr')).toBe('https://exemple.fr');
    expect(safeAddress('mailto:a@b.fr')).toBe('mailto:a@b.fr');
    for (const bad of ['javascript:alert(1)', 'data:text/html,x', 'exemple.fr', 'https://a b', 'https:/compte', 'https:compte', 'https:///compte', '', ' java\nscript:x']) {
      expect(safeAddress(bad)).toBeNull();
    }
  });

  it('completes what a person types', () => {
    expect(guessAddress('exemple.fr/page')).toBe('https://exemple.fr/page');
    expect(guessAddress('nom@exemple.fr')).toBe('mailto:nom@exemple.fr');
    expect(guessAddress('javascript:x')).toBeNull();
    expect(guessAddress('bonjour')).toBeNull();
  });
});
