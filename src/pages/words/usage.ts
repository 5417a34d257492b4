/** The words of the page of usage. */
import { catalogue } from '../words.ts'

export const USAGE = catalogue({
  title: { en: 'Usage', tr: 'Kullanım', es: 'Uso' },
  lead: {
    en: 'Calls with your API keys, your connected apps and this dashboard. New calls appear here within seconds. All times are UTC.',
    tr: 'API anahtarlarınızla, bağlı uygulamalarınızla ve bu panelle yapılan çağrılar. Yeni çağrılar birkaç saniye içinde burada görünür. Tüm saatler UTC’dir.',
    es: 'Llamadas con sus claves de API, sus aplicaciones conectadas y este panel. Las nuevas aparecen aquí en unos segundos. Todas las horas son UTC.',
  },
  time: { en: 'Time', tr: 'Zaman', es: 'Periodo' },
  credential: { en: 'Key or app', tr: 'Anahtar ya da uygulama', es: 'Clave o aplicación' },
  route: { en: 'Route', tr: 'Rota', es: 'Ruta' },
  status: { en: 'Status', tr: 'Durum', es: 'Estado' },
  all: { en: 'All', tr: 'Tümü', es: 'Todo' },
  show: { en: 'Show', tr: 'Göster', es: 'Mostrar' },
  csv: { en: 'Download as CSV', tr: 'CSV olarak indir', es: 'Descargar como CSV' },
  calls: { en: 'Calls', tr: 'Çağrı', es: 'Llamadas' },
  limited: {
    en: 'Refused by limits (429)',
    tr: 'Sınır nedeniyle reddedilen (429)',
    es: 'Rechazadas por límites (429)',
  },
  failed: { en: 'Errors (4xx, 5xx)', tr: 'Hata (4xx, 5xx)', es: 'Errores (4xx, 5xx)' },
  byBucket: { en: 'Over time', tr: 'Zamana göre', es: 'En el tiempo' },
  chart: {
    en: 'Calls over time. The table below has the same numbers.',
    tr: 'Zamana göre çağrılar. Aşağıdaki tabloda aynı sayılar var.',
    es: 'Llamadas en el tiempo. La tabla de abajo tiene los mismos números.',
  },
  byRoute: { en: 'By route', tr: 'Rotaya göre', es: 'Por ruta' },
  byCredential: {
    en: 'By key and app',
    tr: 'Anahtara ve uygulamaya göre',
    es: 'Por clave y aplicación',
  },
  bar: { en: '{time} UTC: {count}', tr: '{time} UTC: {count}', es: '{time} UTC: {count}' },
  session: { en: 'Dashboard session', tr: 'Panel oturumu', es: 'Sesión del panel' },
  key: { en: 'Key {id}', tr: 'Anahtar {id}', es: 'Clave {id}' },
  endedApp: {
    en: 'An app that has ended',
    tr: 'Sona ermiş bir uygulama',
    es: 'Una aplicación terminada',
  },
  cut: {
    en: 'There is more usage than one page adds up. What is older than {time} UTC is not in these numbers: choose a shorter time, or download the CSV, which has all of it.',
    tr: 'Bir sayfanın toplayabileceğinden fazla kullanım var. {time} UTC’den eskisi bu sayılarda yok: daha kısa bir zaman seçin ya da tümünü içeren CSV’yi indirin.',
    es: 'Hay más uso del que suma una página. Lo anterior a {time} UTC no está en estos números: elija un periodo más corto o descargue el CSV, que lo tiene todo.',
  },
  none: {
    en: 'There is nothing to count yet. Create a key and call the API with it.',
    tr: 'Henüz sayılacak bir şey yok. Bir anahtar oluşturup API’yi onunla çağırın.',
    es: 'Todavía no hay nada que contar. Cree una clave y llame a la API con ella.',
  },
  noneHere: {
    en: 'No calls match. Choose a longer time, or other filters.',
    tr: 'Eşleşen çağrı yok. Daha uzun bir zaman ya da başka süzgeçler seçin.',
    es: 'Ninguna llamada coincide. Elija un periodo más largo u otros filtros.',
  },
})

/** The times that can be chosen. */
export const USAGE_SPANS = catalogue({
  '24h': { en: '24 hours, by hour', tr: '24 saat, saat saat', es: '24 horas, por hora' },
  '7d': { en: '7 days, by day', tr: '7 gün, gün gün', es: '7 días, por día' },
  '30d': { en: '30 days, by day', tr: '30 gün, gün gün', es: '30 días, por día' },
  '12m': { en: '12 months, by month', tr: '12 ay, ay ay', es: '12 meses, por mes' },
})
